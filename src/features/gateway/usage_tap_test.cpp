#include "features/gateway/usage_tap.hpp"

#include <gtest/gtest.h>

namespace millwright::gateway {
namespace {

/// Sums what it is told.
class Counting final : public Provider {
 public:
  [[nodiscard]] std::string_view kind() const override { return "counting"; }
  [[nodiscard]] io::Task<ProviderResult> chat(const ProviderCall&, const OnChunk&) override {
    co_return std::unexpected(ProviderFailure{});
  }
  void read_raw_usage(std::string_view, const json::object& answer, RawUsage& usage) const override {
    const auto* told = find_member(answer, "usage");
    if (told != nullptr) usage.tokens = finops::TokenCounts{.input = told->to_number<std::int64_t>()};
  }
  void read_raw_head(const io::http::Headers& headers, RawUsage& usage) const override {
    if (headers.has("x-used")) usage.tokens = finops::TokenCounts{.input = 11};
  }
  [[nodiscard]] std::unique_ptr<RawFrames> raw_frames(std::string_view type) const override {
    return type == "application/x-framed" ? std::make_unique<Framed>() : nullptr;
  }

 private:
  /// Messages that end in a semicolon; an exclamation mark is garbage.
  struct Framed final : RawFrames {
    bool feed(std::string_view bytes, const std::function<void(std::string_view)>& on_message) override {
      for (const char c : bytes) {
        if (c == '!') return false;
        if (c != ';') {
          kept += c;
          continue;
        }
        on_message(kept);
        kept.clear();
      }
      return true;
    }
    std::string kept;
  };
};

std::int64_t tapped(std::string_view type, std::string_view bytes, std::size_t cut) {
  const Counting provider;
  UsageTap tap(provider, "/x", {{"Content-Type", std::string(type)}});
  for (std::size_t at = 0; at < bytes.size(); at += cut) tap.feed(bytes.substr(at, cut));
  const auto& usage = tap.finish();
  return usage.tokens ? usage.tokens->input : -1;
}

TEST(UsageTap, ReadsEveryKindOfAnswerHoweverItIsCut) {
  for (const std::size_t cut : {1u, 3u, 1000u}) {
    EXPECT_EQ(tapped("application/json; charset=utf-8", R"({"a":1,"usage":7})", cut), 7);
    EXPECT_EQ(tapped("application/json", R"([{"usage":7},{"usage":8}])", cut), 8);
    EXPECT_EQ(tapped("text/event-stream", "data: {\"usage\":7}\n\ndata: [DONE]\n\n", cut), 7);
    EXPECT_EQ(tapped("application/x-ndjson", "{\"x\":1}\n{\"usage\":9}\n{\"y\":1}", cut), 9);
    EXPECT_EQ(tapped("application/x-framed", R"({"x":1};{"usage":5};)", cut), 5);
    EXPECT_EQ(tapped("application/x-framed", R"({"usage":5};!)", cut), -1) << "garbled: nothing of it is trusted";
    EXPECT_EQ(tapped("audio/mpeg", R"({"usage":7})", cut), -1);
    EXPECT_EQ(tapped("application/json", "no json with usage", cut), -1);
  }
}

TEST(UsageTap, TheHeadMayTellWhatTheBodyDoesNot) {
  const Counting provider;
  UsageTap tap(provider, "/x", {{"Content-Type", "application/json"}, {"x-used", "1"}});
  tap.feed("{}");
  EXPECT_EQ(tap.finish().tokens->input, 11);
}

TEST(UsageTap, AnEncodedAnswerTellsNothing) {
  const Counting provider;
  UsageTap tap(provider, "/x", {{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}});
  tap.feed(R"({"usage":7})");
  EXPECT_FALSE(tap.finish().tokens);
  EXPECT_EQ(tap.bytes(), 11);
}

}  // namespace
}  // namespace millwright::gateway
