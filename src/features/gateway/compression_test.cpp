#include "features/gateway/compression.hpp"

#include <gtest/gtest.h>

namespace millwright::gateway {
namespace {

std::string talk(std::string_view subject) {
  std::string text;
  for (int i = 0; i < 20; ++i)
    text += fmt::format("We spoke about {} with the team from building {}. ", subject, static_cast<char>('a' + i));
  return text;
}

CompressionRequest request() {
  CompressionRequest request;
  request.settings.mode = EconomyMode::On;
  request.settings.has_history = true;
  request.settings.history_turns_kept = 1;
  request.settings.history_tokens_min = 100;
  request.question = "What about the printers?";
  request.price.input.nano_per_million = 1'000'000'000;
  request.price.cache_read.nano_per_million = 100'000'000;
  return request;
}

json::object message(std::string_view role, std::string_view text) { return {{"role", role}, {"content", text}}; }

TEST(PlanCompression, PassagesAreShortenedAtFullPrice) {
  auto given = request();
  given.passages = {talk("printers"), talk("lunch")};
  const auto plan = plan_compression(given);
  ASSERT_EQ(plan.passages.size(), 2u);
  EXPECT_EQ(plan.reason, "saves");
  EXPECT_LT(plan.tokens_after, plan.tokens_before);
  EXPECT_EQ(plan.saving, Money::from_nano((plan.tokens_before - plan.tokens_after) * 1'000));
}

TEST(PlanCompression, NothingToLeaveOut) {
  auto given = request();
  given.passages = {"In 2024 there were 12 printers."};
  const auto plan = plan_compression(given);
  EXPECT_FALSE(plan.is_worth_it());
  EXPECT_EQ(plan.reason, "nothing_to_leave_out");
}

TEST(PlanCompression, InstructionsCallsAndNewMessagesStay) {
  auto given = request();
  auto call = message("assistant", talk("tools"));
  call["tool_calls"] = json::array{};
  auto marked = message("user", talk("marks"));
  marked["cache_control"] = json::object{{"type", "ephemeral"}};
  given.messages = {message("system", talk("rules")),    message("user", talk("printers")),
                    message("assistant", talk("lunch")), std::move(call),
                    message("tool", talk("results")),    std::move(marked),
                    message("user", talk("now"))};
  const auto plan = plan_compression(given);
  ASSERT_EQ(plan.messages.size(), 2u);
  EXPECT_EQ(plan.messages[0].first, 1u);
  EXPECT_EQ(plan.messages[1].first, 2u);
}

TEST(PlanCompression, HistoryStaysWhereCachedReadsAreCheaper) {
  auto given = request();
  given.messages = {message("user", talk("printers")), message("assistant", talk("lunch")),
                    message("user", "And now?")};
  EXPECT_TRUE(plan_compression(given).is_worth_it());
  given.cache_read_share = 0.9;
  const auto plan = plan_compression(given);
  EXPECT_FALSE(plan.is_worth_it());
  EXPECT_EQ(plan.reason, "cached_reads_are_cheaper");
  EXPECT_EQ(plan.saving, Money());
}

TEST(PlanCompression, AShortConversationIsLeftAlone) {
  auto given = request();
  given.settings.history_tokens_min = 100'000;
  given.messages = {message("user", talk("printers")), message("assistant", talk("lunch")),
                    message("user", "And now?")};
  EXPECT_FALSE(plan_compression(given).is_worth_it());
}

TEST(PlanCompression, TooLongIsSentAsItIs) {
  auto given = request();
  given.passages = {std::string(3 << 20, 'a')};
  EXPECT_EQ(plan_compression(given).reason, "too_long");
}

}  // namespace
}  // namespace millwright::gateway
