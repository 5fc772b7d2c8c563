#include "features/gateway/prompt_cache_use.hpp"

#include <gtest/gtest.h>

namespace millwright::gateway {
namespace {

constexpr Timestamp now{std::chrono::microseconds(1'000'000)};

TEST(PromptCacheUse, TheShareFollowsWhatIsReported) {
  PromptCacheUse use;
  EXPECT_EQ(use.read_share("a", "m"), 0);
  finops::TokenCounts tokens;
  tokens.input = 100;
  tokens.cache_read = 300;
  use.note("a", "m", tokens);
  EXPECT_DOUBLE_EQ(use.read_share("a", "m"), 0.75);
  EXPECT_EQ(use.read_share("b", "m"), 0);
  tokens.cache_read = 0;
  use.note("a", "m", tokens);
  EXPECT_DOUBLE_EQ(use.read_share("a", "m"), 0.675);
  use.note("a", "m", {});
  EXPECT_DOUBLE_EQ(use.read_share("a", "m"), 0.675) << "a call without usage says nothing";
}

TEST(PromptCacheUse, APrefixComesAgainWithinFiveMinutes) {
  PromptCacheUse use;
  EXPECT_FALSE(use.comes_again("a", "release-1", now));
  EXPECT_TRUE(use.comes_again("a", "release-1", now + 4min));
  EXPECT_FALSE(use.comes_again("a", "release-2", now + 4min));
  EXPECT_FALSE(use.comes_again("a", "release-2", now + 10min));
}

TEST(MarkPrefix, SplitsAndPutsTogether) {
  auto body = *parse_json_object(
      R"({"messages":[{"role":"system","content":"rules\n\npassages"},{"role":"user","content":"hi"}]})");
  const auto before = json::serialize(body);
  mark_prefix(body, 5, PrefixMark::Set);
  EXPECT_EQ(
      json::serialize(body["messages"].at(0).at("content")),
      R"([{"type":"text","text":"rules","cache_control":{"type":"ephemeral"}},{"type":"text","text":"\n\npassages"}])");
  mark_prefix(body, 5, PrefixMark::Absent);
  EXPECT_EQ(json::serialize(body), before);
  json::object empty;
  mark_prefix(empty, 5, PrefixMark::Set);
  EXPECT_TRUE(empty.empty());
}

}  // namespace
}  // namespace millwright::gateway
