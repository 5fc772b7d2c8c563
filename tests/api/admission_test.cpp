// Limits as callers meet them: refusals they can act on, quotas that outlive a restart, changes without one.
#include <gtest/gtest.h>

#include "base/json.hpp"
#include "tests/api/running_factory.hpp"

namespace millwright::test {
namespace {

using io::http::Method;

std::string config_with(std::string_view limits) {
  return fmt::format(R"(server: {{listen: "127.0.0.1:0"}}
teams: [{{name: it}}]
models: [{{name: first, provider: builtin}}, {{name: second, provider: builtin}}]
routes: [{{name: default, targets: [{{model: first}}], fallback: [{{model: second}}]}}]
use_cases:
  - {{name: helpdesk, owner: it, risk_tier: T1, data_class: internal, route: default, cache: {{enabled: false}}}}
{}
)",
                     limits);
}

class Admission : public testing::Test {
 protected:
  void start(std::string_view limits) {
    running_ = std::make_unique<RunningFactory>(config_with(limits));
    key_ =
        running_->factory().keys->create({.use_case = "helpdesk", .team = "it", .name = "admission"}, "test")->secret;
  }
  io::http::Response chat(std::string_view user = "ada", std::string_view more = {}, std::string_view text = "hi",
                          bool is_dry_run = false) {
    Ask ask{Method::Post,
            "/v1/chat/completions",
            {},
            fmt::format(R"({{"model":"helpdesk","messages":[{{"role":"user","content":"{}"}}]{}}})", text, more)};
    ask.headers.set("authorization", "Bearer " + key_);
    ask.headers.set("x-millwright-user", std::string(user));
    if (is_dry_run) ask.headers.set("x-millwright-dry-run", "1");
    return running_->ask(std::move(ask));
  }
  std::unique_ptr<RunningFactory> running_;
  std::string key_;
};

std::string header(const io::http::Response& response, std::string_view name) {
  return std::string(response.headers.find(name));
}

/// What the error says under `millwright`.
std::string said(const io::http::Response& response, std::string_view member) {
  const auto body = parse_json_object(response.body);
  if (!body || !body->contains("error")) return "no error: " + response.body;
  const auto& error = body->at("error").as_object();
  return error.contains("millwright") ? std::string(string_member(error.at("millwright").as_object(), member)) : "";
}

TEST_F(Admission, ARefusalNamesItsLimitAndWhenToComeBack) {
  start(
      "limits: [{name: per-user, scope: user, requests: 2 per minute}, {name: whole, scope: all, requests: 50 per "
      "minute}]");
  EXPECT_EQ(header(chat(), "x-ratelimit-remaining-requests"), "1");
  EXPECT_EQ(chat().status, 200);
  const auto refused = chat();
  EXPECT_EQ(refused.status, 429) << refused.body;
  EXPECT_EQ(said(refused, "origin"), "gateway");
  EXPECT_EQ(said(refused, "rule"), "limit:per-user");
  EXPECT_EQ(header(refused, "x-ratelimit-limit-requests"), "2");
  EXPECT_EQ(header(refused, "x-ratelimit-remaining-requests"), "0");
  const auto ms = std::stoi(header(refused, "retry-after-ms"));
  EXPECT_GT(ms, 1'000);
  EXPECT_LE(ms, 30'000);
  EXPECT_EQ(header(refused, "retry-after"), fmt::format("{}", (ms + 999) / 1'000));
  EXPECT_FALSE(refused.headers.has("x-should-retry"));
  const auto other = chat("bob", R"(,"stream":true)");
  EXPECT_EQ(other.status, 200);
  EXPECT_EQ(header(other, "x-ratelimit-limit-requests"), "2");
  // The refused one took nothing of what all share.
  const auto listed = running_->ask_as(running_->token(identity::Role::Viewer), Method::Get, "/api/v1/limits");
  EXPECT_EQ(listed.status, 200);
  EXPECT_NE(listed.body.find(R"("requests":{"used":3,"remaining":47)"), std::string::npos) << listed.body;
  EXPECT_NE(listed.body.find(R"("member":"ada")"), std::string::npos) << listed.body;
}

TEST_F(Admission, AQuotaIsExactOverARestartAndIsNoReasonToTryAgain) {
  start("limits: [{name: daily, scope: user, requests: 3 per month, time_zone: Europe/Berlin}]");
  EXPECT_EQ(chat().status, 200);
  EXPECT_EQ(chat("ada", R"(,"stream":true)").status, 200);
  EXPECT_EQ(chat("ada", {}, "hi", true).status, 200);  // decides and calls nobody: not counted
  running_->restart();
  EXPECT_EQ(header(chat(), "x-ratelimit-remaining-requests"), "0");
  const auto refused = chat();
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(said(refused, "rule"), "limit:daily");
  EXPECT_NE(said(refused, "explain").find("It begins anew at"), std::string::npos);
  EXPECT_EQ(header(refused, "x-should-retry"), "false");
  EXPECT_EQ(chat("bob").status, 200);
  running_->restart();
  EXPECT_EQ(chat().status, 429);
}

TEST_F(Admission, TokensAreHeldAtTheirMostAndSettledAsTheyWere) {
  start("limits: [{name: tokens, scope: team, tokens: 100k per day}]");
  const auto answered = chat("ada", R"(,"max_tokens":50)");
  EXPECT_EQ(answered.status, 200);
  const auto sums = running_->factory().accounts->use_since(Timestamp{});
  ASSERT_TRUE(sums);
  ASSERT_EQ(sums->size(), 1u);
  EXPECT_EQ(header(answered, "x-ratelimit-remaining-tokens"), fmt::format("{}", 100'000 - sums->at(0).tokens));
  running_->restart();
  const auto again = chat("ada", R"(,"max_tokens":50)");
  EXPECT_EQ(header(again, "x-ratelimit-remaining-tokens"), fmt::format("{}", 100'000 - 2 * sums->at(0).tokens));
}

TEST_F(Admission, LimitsOfAModelBindWhereItServes) {
  start("limits: [{name: per-model, scope: model, requests: 1 per minute}]");
  EXPECT_EQ(header(chat(), "x-millwright-model"), "first");
  const auto second = chat();
  EXPECT_EQ(header(second, "x-millwright-model"), "second");
  const auto refused = chat();
  EXPECT_EQ(refused.status, 429) << refused.body;
  EXPECT_EQ(said(refused, "rule"), "limit:per-model");
  EXPECT_LE(std::stoi(header(refused, "retry-after-ms")), 60'000);
  const auto rows = running_->factory().accounts->list({.limit = 1});
  ASSERT_TRUE(rows);
  const auto trace = running_->factory().traces->load(rows->rows.at(0).facts.trace);
  ASSERT_TRUE(trace) << describe(trace.error());
  const auto skipped = std::ranges::count_if(trace->decisions, [](const auto& decision) {
    return decision.verdict == "skip" && decision.rule == "limit:per-model";
  });
  EXPECT_EQ(skipped, 2);
}

TEST_F(Admission, PromptsAndAnswersAreCappedAtEveryScope) {
  start(
      "limits: [{name: short, scope: team, max_prompt: 60, max_output_tokens: 20}, "
      "{name: words, scope: key, match: \"adm*\", max_prompt_tokens: 20}]");
  const auto too_large = chat("ada", {}, std::string(70, 'x'));
  EXPECT_EQ(too_large.status, 413);
  EXPECT_EQ(said(too_large, "rule"), "limit:short");
  const auto too_many = chat("ada", {}, "a b c d e f g h i j k l m n o p q r s t u v w x y z");
  EXPECT_EQ(too_many.status, 413);
  EXPECT_EQ(said(too_many, "rule"), "limit:words");
  EXPECT_NE(said(too_many, "explain").find("more tokens than the 20 that the limit words admits"), std::string::npos);
  EXPECT_NE(said(too_many, "explain").find("estimated"), std::string::npos);
  const auto capped = chat("ada", R"(,"max_tokens":500)", "hi", true);
  EXPECT_NE(capped.body.find(R"("verdict":"capped","rule":"limit:short")"), std::string::npos) << capped.body;
}

TEST_F(Admission, AKeysOwnLimitsAreListedWithWhatItHasUsed) {
  start("");
  key_ = running_->factory()
             .keys->create({.use_case = "helpdesk", .team = "it", .name = "own", .rpm = 10, .concurrent = 3}, "test")
             ->secret;
  EXPECT_EQ(chat().status, 200);
  const auto listed = running_->ask_as(running_->token(identity::Role::Viewer), Method::Get, "/api/v1/limits");
  const auto page = parse_json_object(listed.body);
  ASSERT_TRUE(page) << listed.body;
  const auto& items = page->at("items").as_array();
  ASSERT_EQ(items.size(), 1u) << "the key without limits of its own has none to show: " << listed.body;
  const auto& own = items.front().as_object();
  EXPECT_EQ(own.at("name"), "key:own");
  EXPECT_EQ(own.at("requests"), "10 per minute");
  EXPECT_TRUE(own.at("tokens").is_null());
  EXPECT_EQ(own.at("concurrent"), 3);
  const auto& use = own.at("members").as_array().front().as_object();
  EXPECT_EQ(use.at("requests").as_object().at("used"), 1);
  EXPECT_EQ(use.at("running"), 0);
}

TEST_F(Admission, LimitsChangeWithoutARestartAndKeepWhatWasUsed) {
  start("limits: [{name: per-user, scope: user, requests: 2 per hour}]");
  EXPECT_EQ(chat().status, 200);
  EXPECT_EQ(chat().status, 200);
  EXPECT_EQ(chat().status, 429);
  running_->write_config(config_with("limits: [{name: per-user, scope: user, requests: 3 per hour}]"));
  ASSERT_TRUE(running_->factory().reload("test"));
  EXPECT_EQ(chat().status, 200);
  EXPECT_EQ(chat().status, 429);
  running_->write_config(config_with("limits: [{name: per-user, scope: user, match: \"a*\", requests: none}]"));
  const auto bad = running_->factory().reload("test");
  ASSERT_FALSE(bad);
  EXPECT_NE(describe(bad.error()).find("limits[0].requests"), std::string::npos) << describe(bad.error());
  EXPECT_EQ(chat().status, 429);
  running_->write_config(config_with(""));
  ASSERT_TRUE(running_->factory().reload("test"));
  const auto free = chat();
  EXPECT_EQ(free.status, 200);
  EXPECT_FALSE(free.headers.has("x-ratelimit-limit-requests"));
}

TEST_F(Admission, ARevokedKeyStopsAtOnce) {
  start("");
  EXPECT_EQ(chat().status, 200);
  ASSERT_TRUE(running_->factory().keys->revoke("admission", "test"));
  EXPECT_EQ(chat().status, 401);
}

}  // namespace
}  // namespace millwright::test
