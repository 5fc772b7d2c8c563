#include "features/gateway/exact_cache.hpp"
#include "features/gateway/gateway.hpp"

#include <gtest/gtest.h>

namespace millwright::gateway {
namespace {

std::shared_ptr<const CachedAnswer> answer(std::string text, std::size_t bytes) {
  auto made = std::make_shared<CachedAnswer>();
  made->text = std::move(text);
  made->bytes = bytes;
  return made;
}

TEST(ExactCache, KeepsWithinItsBytesAndDropsTheOldest) {
  ExactCache cache(1'000);
  const Timestamp now{};
  for (int i = 0; i < 20; ++i) cache.put(sha256(fmt::format("{}", i)), answer(fmt::format("{}", i), 100), now + 1h);
  EXPECT_EQ(cache.find(sha256(std::string_view("0")), now), nullptr);
  ASSERT_NE(cache.find(sha256(std::string_view("19")), now), nullptr);
  EXPECT_EQ(cache.find(sha256(std::string_view("19")), now)->text, "19");
}

TEST(ExactCache, ExpiresAndRefusesGiants) {
  ExactCache cache(1'000);
  const Timestamp now{};
  cache.put(sha256(std::string_view("a")), answer("a", 10), now + 1s);
  EXPECT_NE(cache.find(sha256(std::string_view("a")), now), nullptr);
  EXPECT_EQ(cache.find(sha256(std::string_view("a")), now + 1s), nullptr);
  cache.put(sha256(std::string_view("b")), answer("b", 900), now + 1h);
  EXPECT_EQ(cache.find(sha256(std::string_view("b")), now), nullptr);
}

TEST(ExactCache, IsEmptiedByUseCase) {
  ExactCache cache(10'000);
  const Timestamp now{};
  for (const std::string_view name : {"a", "b", "c"}) {
    auto made = std::make_shared<CachedAnswer>(*answer("x", 10));
    made->use_case = name == "c" ? "sales" : "desk";
    cache.put(sha256(name), std::move(made), now + 1h);
  }
  EXPECT_EQ(cache.purge("nobody"), 0U);
  EXPECT_EQ(cache.purge("desk"), 2U);
  EXPECT_EQ(cache.find(sha256(std::string_view("a")), now), nullptr);
  EXPECT_NE(cache.find(sha256(std::string_view("c")), now), nullptr);
  EXPECT_EQ(cache.purge(""), 1U);
}

ChatCall call_of(std::string team, std::vector<std::string> groups) {
  ChatCall call;
  identity::Principal principal;
  principal.team = std::move(team);
  call.caller.principal = std::make_shared<const identity::Principal>(principal);
  call.caller.groups = std::move(groups);
  call.request.model = "helpdesk";
  return call;
}

TEST(CacheKey, SharesOnlyWhatMayBeShared) {
  LiveRelease release;
  release.id = "r-1";
  release.index = sha256(std::string_view("index"));
  const Digest policy = sha256(std::string_view("p")), guard = sha256(std::string_view("g"));
  const auto body = json::parse(R"({"model":"m","messages":[{"role":"user","content":"q"}],"temperature":0})").as_object();
  const auto key = cache_key(call_of("it", {"a", "b"}), release, policy, guard, body);
  EXPECT_EQ(key, cache_key(call_of("it", {"b", "a"}), release, policy, guard, body));
  auto streamed = body;
  streamed["stream"] = true;
  EXPECT_EQ(key, cache_key(call_of("it", {"a", "b"}), release, policy, guard, streamed));

  EXPECT_NE(key, cache_key(call_of("hr", {"a", "b"}), release, policy, guard, body));
  EXPECT_NE(key, cache_key(call_of("it", {"a"}), release, policy, guard, body));
  EXPECT_NE(key, cache_key(call_of("it", {"a", "b"}), release, guard, guard, body));
  auto warmer = body;
  warmer["temperature"] = 1;
  EXPECT_NE(key, cache_key(call_of("it", {"a", "b"}), release, policy, guard, warmer));
  release.id = "r-2";
  EXPECT_NE(key, cache_key(call_of("it", {"a", "b"}), release, policy, guard, body));
}

TEST(BucketOf, IsStableAndSpreads) {
  int below = 0;
  for (int i = 0; i < 10'000; ++i) {
    Caller caller;
    caller.user = fmt::format("user-{}", i);
    const auto bucket = bucket_of("helpdesk", caller);
    ASSERT_LT(bucket, 10'000u);
    EXPECT_EQ(bucket, bucket_of("helpdesk", caller));
    if (bucket < 1'000) ++below;
  }
  EXPECT_NEAR(below, 1'000, 120);
}

}  // namespace
}  // namespace millwright::gateway
