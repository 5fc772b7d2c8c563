#include "features/gateway/semantic_cache.hpp"

#include <gtest/gtest.h>

namespace millwright::gateway {
namespace {

bool share(std::string_view a, std::string_view b) {
  const auto one = print_of(a), other = print_of(b);
  EXPECT_EQ(may_share_answer(one, other), may_share_answer(other, one)) << a << " / " << b;
  return may_share_answer(one, other) && likeness(one, other) >= 0.85;
}

TEST(QuestionPrint, OtherWordsForTheSameQuestion) {
  for (const auto& [a, b] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"How do I reset my VPN password?", "how can I reset the VPN password"},
           {"How do I reset my VPN password?", "Please tell me how I reset my VPN password!"},
           {"Where is the printer?", "where are the printers?"},
           {"Wie setze ich mein Passwort zurück?", "wie kann ich mein Passwort zurück setzen?"},
           {"What is the limit of 20 GB?", "What's the limit of 20 GB"}}) {
    EXPECT_TRUE(share(a, b)) << a << " / " << b;
  }
}

TEST(QuestionPrint, NearMissesAreOtherQuestions) {
  for (const auto& [a, b] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"How do I reset my VPN password?", "How do I reset my SAP password?"},
           {"how do i reset my vpn password", "how do i reset my wifi password"},
           {"Can I install 2 monitors?", "Can I install 3 monitors?"},
           {"Is -5 degrees fine?", "Is 5 degrees fine?"},
           {"Is a deposit of 5% fine?", "Is a deposit of $5 fine?"},
           {"Can I work from home?", "Can't I work from home?"},
           {"Darf ich das öffnen?", "Darf ich das nicht öffnen?"},
           {"How do I turn the alarm on?", "How do I turn the alarm off?"},
           {"How do I enable macros?", "How do I disable macros?"},
           {"When does Anna Berg leave?", "When does Anna Burg leave?"},
           {"When was the server moved?", "Where was the server moved?"},
           {"How do I convert from EUR to USD?", "How do I convert from USD to EUR?"},
           {"migrate mail from exchange to gmail", "migrate mail from gmail to exchange"},
           {"Who approves trips in March?", "Who approves trips in May?"},
           {"all open tickets", "some open tickets"},
           {"the last open ticket", "the first open ticket"},
           {"", "hello"}}) {
    EXPECT_FALSE(share(a, b)) << a << " / " << b;
  }
}

TEST(QuestionPrint, AnswersThatSayTheSame) {
  const auto same = [](std::string_view a, std::string_view b) { return say_the_same(print_of(a), print_of(b)); };
  EXPECT_TRUE(same("Open the portal and press reset.", "Please open the portal, and press reset."));
  EXPECT_FALSE(same("Open the portal and wait 5 minutes.", "Open the portal and wait 15 minutes."));
  EXPECT_FALSE(same("This is allowed in the office.", "This is not allowed in the office."));
  EXPECT_FALSE(same("Open the portal and press reset.", "Ask your manager."));
}

std::shared_ptr<const CachedAnswer> answer(std::string text, std::size_t bytes = 1'000) {
  auto made = std::make_shared<CachedAnswer>();
  made->text = std::move(text);
  made->bytes = bytes;
  return made;
}

constexpr Timestamp now{std::chrono::microseconds(1'000'000)};

AskedQuestion asked(const Digest& scope, std::string_view text) {
  AskedQuestion made;
  made.scope = scope;
  made.print = print_of(text);
  return made;
}

AskedQuestion meant(const Digest& scope, std::string_view text, Embedding embedding) {
  AskedQuestion made;
  made.scope = scope;
  made.facts = facts_of(text, {});
  made.embedding = std::move(embedding);
  return made;
}

TEST(SemanticCache, OnlyInItsScopeAndItsTime) {
  SemanticCache cache(1 << 20);
  const auto scope = sha256("a"), other = sha256("b");
  cache.put(asked(scope, "How do I reset my VPN password?"), answer("so"), now + 5min);
  const auto again = asked(scope, "how can I reset the VPN password");
  const auto hit = cache.find(again, 0.8, now).allowed;
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->answer->text, "so");
  EXPECT_GT(hit->likeness, 0.8);
  EXPECT_FALSE(cache.find(again, 1.0, now).allowed) << "not that much alike";
  EXPECT_FALSE(cache.find(asked(other, "how can I reset the VPN password"), 0.8, now).allowed);
  EXPECT_FALSE(cache.find(again, 0.8, now + 6min).allowed);
  EXPECT_EQ(cache.bytes(), 0u) << "what is over is dropped";
}

TEST(SemanticCache, SaysWhatKeptTheNearestApart) {
  SemanticCache cache(1 << 20);
  const auto scope = sha256("a");
  cache.put(asked(scope, "Can I install 2 monitors?"), answer("so"), now + 5min);
  const auto other = asked(scope, "Can I install 3 monitors?");
  EXPECT_FALSE(cache.find(other, 0.5, now).refused) << "only where it is wanted";
  const auto nearest = cache.find(other, 0.5, now, SemanticCache::Wanted::RefusedToo);
  EXPECT_FALSE(nearest.allowed);
  ASSERT_TRUE(nearest.refused);
  EXPECT_EQ(nearest.refused->difference, "numbers");
  EXPECT_EQ(nearest.refused->answer->text, "so");
}

TEST(SemanticCache, ByMeaning) {
  SemanticCache cache(1 << 20);
  const auto scope = sha256("a");
  cache.put(meant(scope, "How do I reset my VPN password?", {1, 0}), answer("one"), now + 5min);
  cache.put(meant(scope, "Who is the manager of Anna?", {0, 1}), answer("two"), now + 5min);
  const auto hit = cache.find(meant(scope, "ways of getting another vpn passcode", {0.96F, 0.28F}), 0.9, now).allowed;
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->answer->text, "one");
  EXPECT_NEAR(hit->likeness, 0.96, 1e-6);
  const auto sap = cache.find(meant(scope, "How do I reset my SAP password?", {1, 0}), 0.9, now,
                              SemanticCache::Wanted::RefusedToo);
  EXPECT_FALSE(sap.allowed);
  ASSERT_TRUE(sap.refused);
  EXPECT_EQ(sap.refused->difference, "names") << "however alike the vectors are";
  EXPECT_FALSE(cache.find(meant(scope, "ways of getting another vpn passcode", {1, 0, 0}), 0.5, now).allowed)
      << "a vector of another space";
}

TEST(SemanticCache, OneVectorMayStandForSeveralQuestions) {
  SemanticCache cache(1 << 20);
  const auto scope = sha256("a");
  cache.put(meant(scope, "How do I reset my VPN password?", {1, 0}), answer("one"), now + 5min);
  cache.put(meant(scope, "Where do I reset my VPN password?", {1, 0}), answer("two"), now + 5min);
  cache.put(meant(scope, "How do I reset my VPN passwords?", {1, 0}), answer("three"), now + 5min);
  EXPECT_EQ(cache.entries(), 2u);
  EXPECT_EQ(cache.find(meant(scope, "how to reset a vpn password", {1, 0}), 0.9, now).allowed->answer->text, "three");
}

TEST(SemanticCache, IsBounded) {
  SemanticCache cache(100'000);
  const auto scope = sha256("a");
  for (int i = 0; i < 500; ++i) {
    cache.put(asked(scope, fmt::format("question number {}", i)), answer("x"), now + 5min);
  }
  EXPECT_LE(cache.bytes(), 100'000u);
  EXPECT_FALSE(cache.find(asked(scope, "question number 1"), 0.8, now).allowed);
  EXPECT_TRUE(cache.find(asked(scope, "question number 499"), 0.8, now).allowed);
  const auto before = cache.bytes();
  cache.put(asked(scope, "question number 499"), answer("x"), now + 5min);
  EXPECT_EQ(cache.bytes(), before) << "the same words take the same place";
  cache.put(asked(scope, "big"), answer("x", 50'000), now + 5min);
  EXPECT_FALSE(cache.find(asked(scope, "big"), 0.8, now).allowed) << "one answer must not empty the cache";
}

TEST(SemanticCache, AScopeIsBoundedToo) {
  SemanticCache cache(64 << 20);
  const auto scope = sha256("a"), other = sha256("b");
  for (int i = 0; i < 300; ++i) cache.put(asked(scope, fmt::format("question {}", i)), answer("x"), now + 5min);
  EXPECT_EQ(cache.entries(), SemanticCache::scope_words_max);
  for (int i = 0; i < 1'100; ++i) {
    cache.put(meant(other, "x", {1, static_cast<float>(i)}), answer("x"), now + 5min);
  }
  EXPECT_EQ(cache.entries(), SemanticCache::scope_words_max + SemanticCache::scope_embeddings_max);
}

TEST(SemanticCache, IsEmptiedByUseCase) {
  SemanticCache cache(1 << 20);
  for (const auto* use_case : {"desk", "desk", "sales"}) {
    auto made = std::make_shared<CachedAnswer>();
    made->use_case = use_case;
    cache.put(asked(sha256("a"), fmt::format("question {}", cache.entries())), std::move(made), now + 5min);
  }
  EXPECT_EQ(cache.purge("nobody"), 0u);
  EXPECT_EQ(cache.purge("desk"), 2u);
  EXPECT_EQ(cache.purge(""), 1u);
  EXPECT_EQ(cache.bytes(), 0u);
}

TEST(SemanticScope, EverythingButTheQuestionMustBeEqual) {
  const auto scope = [](std::string_view text, std::string_view user = "", std::string_view index = "",
                        const SemanticScope& more = {}) {
    auto body = *parse_json_object(text);
    ChatCall call;
    auto principal = std::make_shared<identity::Principal>();
    principal->team = "it";
    call.caller.principal = principal;
    call.caller.user = user;
    call.request.model = "helpdesk";
    LiveRelease release;
    if (!index.empty()) release.index = sha256(index);
    auto* question = question_place(body);
    EXPECT_NE(question, nullptr);
    if (question == nullptr) return Digest();
    const auto before = json::serialize(body);
    const auto digest = semantic_scope(call, release, sha256("policy"), sha256("guard"), body, *question, more);
    EXPECT_EQ(json::serialize(body), before);
    return digest;
  };
  const auto base = scope(R"({"messages":[{"role":"user","content":"a"}]})");
  EXPECT_EQ(scope(R"({"messages":[{"role":"user","content":"b"}]})"), base);
  EXPECT_NE(scope(R"({"messages":[{"role":"system","content":"x"},{"role":"user","content":"b"}]})"), base);
  EXPECT_NE(scope(R"({"messages":[{"role":"user","content":"b"}],"temperature":1})"), base);
  EXPECT_NE(scope(R"({"messages":[{"role":"user","content":"b"}],"tools":[]})"), base);
  const std::string_view same = R"({"messages":[{"role":"user","content":"b"}]})";
  EXPECT_NE(scope(same, "", "", {policy::DataClass::Public, ""}), base) << "another class of data";
  EXPECT_NE(scope(same, "", "", {policy::DataClass::Confidential, "embedder/v3"}), base) << "another likeness";
  const auto ana = scope(R"({"messages":[{"role":"user","content":"b"}]})", "ana", "index");
  EXPECT_NE(scope(R"({"messages":[{"role":"user","content":"b"}]})", "bo", "index"), ana) << "permissions may differ";
}

TEST(SemanticScope, WhatHasNoQuestion) {
  for (const char* text :
       {R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]})", R"({"messages":[]})",
        R"({"messages":[{"role":"tool","content":"a"}]})", R"({})",
        R"({"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]})"}) {
    auto body = *parse_json_object(text);
    EXPECT_EQ(question_place(body), nullptr) << text;
  }
}

}  // namespace
}  // namespace millwright::gateway
