#include "features/gateway/bounds.hpp"

#include <gtest/gtest.h>

namespace millwright::gateway {
namespace {

finops::CallBounds bounds_for(std::string_view body) { return bounds_of(*parse_json_object(body), {100, 10, 1'000}); }

TEST(BoundsOf, PlainTextIsBoundedByItsTokensAlone) {
  const auto bounds = bounds_for(R"({"messages": [{"role": "user", "content": "hello"}], "n": 3})");
  EXPECT_EQ(bounds.input_max, 100);
  EXPECT_EQ(bounds.output_max, 30);
  EXPECT_EQ(bounds.tool_requests_max, 0);
  EXPECT_FALSE(bounds.may_use_audio || bounds.may_use_images || bounds.may_cache_1h || bounds.tier);
}

TEST(BoundsOf, MediaAndLongCachesAreSeenWhereTheyStand) {
  EXPECT_TRUE(bounds_for(R"({"messages": [{"content": [{"type": "input_audio"}]}]})").may_use_audio);
  EXPECT_TRUE(bounds_for(R"({"messages": [{"content": [{"type": "image_url"}]}]})").may_use_images);
  EXPECT_TRUE(bounds_for(R"({"modalities": ["text", "audio"]})").may_use_audio);
  EXPECT_TRUE(
      bounds_for(R"({"messages": [{"content": [{"type": "text", "cache_control": {"ttl": "1h"}}]}]})").may_cache_1h);
  EXPECT_TRUE(bounds_for(R"({"tools": [{"type": "function", "cache_control": {"ttl": "1h"}}]})").may_cache_1h);
  EXPECT_FALSE(bounds_for(R"({"tools": [{"type": "function", "cache_control": {"type": "ephemeral"}}]})").may_cache_1h);
}

TEST(BoundsOf, ToolsOfTheProviderAreCountedAndMayFillTheContext) {
  const auto bounds =
      bounds_for(R"({"tools": [{"type": "web_search_20250305", "max_uses": 5}, {"type": "function"}]})");
  EXPECT_EQ(bounds.tool_requests_max, 5);
  EXPECT_EQ(bounds.input_max, 1'000);
  EXPECT_EQ(bounds_for(R"({"web_search_options": {}})").tool_requests_max, server_tool_requests_max);
}

TEST(BoundsOf, OnlyATierAskedForByNameNarrowsWhatMayBeBilled) {
  EXPECT_EQ(bounds_for(R"({"service_tier": "flex"})").tier, finops::ServiceTier::Flex);
  EXPECT_EQ(bounds_for(R"({"service_tier": "default"})").tier, finops::ServiceTier::Standard);
  EXPECT_FALSE(bounds_for(R"({"service_tier": "auto"})").tier);
  EXPECT_FALSE(bounds_for(R"({"service_tier": "ultrafast"})").tier);
}

}  // namespace
}  // namespace millwright::gateway
