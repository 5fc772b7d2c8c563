// Transcripts under the guard with the detectors of this build: in segments, words, cues and pieces of a stream.
#include <gtest/gtest.h>

#include "extensions/guardrails/all.hpp"
#include "features/gateway/media_guard.hpp"
#include "features/policy/config.hpp"

namespace millwright::test {
namespace {

using policy::Action;

const policy::Guard& guard() {
  static const auto made = policy::make_guard(config::Node{}, extensions::all_guardrails());
  return **made;
}
json::object parse(std::string_view text) { return parse_json_object(text).value(); }

TEST(MediaGuard, ReadsATranscriptInEveryWayItIsSaid) {
  for (
      const std::string answer : {
          R"({"text":"card 4111 1111 1111 1111 end"})",
          R"({"text":"x","segments":[{"id":0,"text":"card 4111 11","tokens":[4,1]},{"id":1,"text":"11 1111 1111 end","tokens":[1]}]})",
          R"({"text":"x","segments":[{"id":0,"text":" card 4111 1111"},{"id":1,"text":" 1111 1111 end"}]})",
          R"({"text":"x","words":[{"word":"4111"},{"word":"1111"},{"word":"1111"},{"word":"1111"}]})",
          R"({"created":1,"data":[{"url":"u","revised_prompt":"card 4111 1111 1111 1111 end"}]})",
          R"({"type":"transcript.text.done","text":"card 4111 1111 1111 1111 end","logprobs":[{"token":"4111"}]})",
      }) {
    auto body = parse(answer);
    const auto verdict = gateway::guard_media(body, guard());
    EXPECT_EQ(verdict.action, Action::Redact) << answer;
    const auto text = json::serialize(body);
    EXPECT_NE(text.find("[CREDIT_CARD]"), std::string::npos) << text;
    for (const auto* leak : {"1111", "4111", "\"tokens\"", "\"logprobs\""})
      EXPECT_EQ(text.find(leak), std::string::npos) << text;
    if (answer.find("end") != std::string::npos) EXPECT_NE(text.find("end"), std::string::npos) << text;
  }
}

TEST(MediaGuard, LeavesAloneWhatIsNoText) {
  auto body =
      parse(R"({"data":[{"url":"https://x.example/4111111111111111","b64_json":"4111111111111111"}],"duration":2})");
  const auto before = body;
  EXPECT_EQ(gateway::guard_media(body, guard()).action, Action::Allow);
  EXPECT_EQ(body, before);
}

TEST(MediaGuard, ReadsThroughTheTimesOfSubtitles) {
  std::string text =
      "1\n00:00:00,000 --> 00:00:01,000\nmy card is 4111 1111\n\n2\n00:00:01,000 --> 00:00:02,000\n1111 1111 thanks\n";
  EXPECT_EQ(gateway::guard_subtitles(text, guard()).action, Action::Redact);
  EXPECT_EQ(text.find("1111"), std::string::npos) << text;
  EXPECT_NE(text.find("\n\n2\n00:00:01,000 --> 00:00:02,000\n"), std::string::npos) << text;
  EXPECT_NE(text.find("thanks"), std::string::npos) << text;
  std::string plain = "nothing here\r\n";
  EXPECT_EQ(gateway::guard_subtitles(plain, guard()).action, Action::Allow);
  EXPECT_EQ(plain, "nothing here\r\n");
}

TEST(MediaGuard, HowAStreamIsCutChangesNothing) {
  const std::string text = "my card is 4111 1111 1111 1111 thanks";
  for (std::size_t cut = 1; cut < 9; ++cut) {
    gateway::TranscriptGuard guarded(guard());
    std::string said;
    for (std::size_t at = 0; at < text.size(); at += cut) {
      json::object event{
          {"type", "transcript.text.delta"}, {"delta", text.substr(at, cut)}, {"logprobs", json::array{"x"}}};
      if (guarded.feed(event)) said += std::string_view(event.at("delta").get_string());
    }
    said += guarded.rest();
    EXPECT_EQ(said, "my card is [CREDIT_CARD] thanks") << cut;
    EXPECT_EQ(guarded.verdict().action, Action::Redact);
  }
}

}  // namespace
}  // namespace millwright::test
