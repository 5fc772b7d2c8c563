// The engine with detectors of the test's own: actions, overlaps, allowed values, thresholds.
#include <gtest/gtest.h>

#include <array>

#include "base/text.hpp"
#include "features/policy/config.hpp"

namespace millwright::policy {
namespace {

/// Finds one literal word.
class Word final : public Guardrail {
 public:
  Word(std::string_view type, std::string word, double score = 0.9)
      : types_{FindingType{type, DataClass::Restricted}}, word_(std::move(word)), score_(score), anchors_{{word_}} {}
  [[nodiscard]] std::string_view name() const override { return types_[0].name; }
  [[nodiscard]] std::span<const FindingType> types() const override { return types_; }
  [[nodiscard]] std::span<const Anchor> anchors() const override { return anchors_; }
  std::size_t inspect(std::string_view, Hit hit, Candidates& found) const override {
    found.push_back({types_[0].name, hit.end - word_.size(), hit.end, score_});
    return 0;
  }
  [[nodiscard]] std::size_t open_from(std::string_view text) const override {
    for (std::size_t length = std::min(word_.size() - 1, text.size()); length > 0; --length) {
      if (text.ends_with(word_.substr(0, length))) return text.size() - length;
    }
    return text.size();
  }

 private:
  std::array<FindingType, 1> types_;
  std::string word_;
  double score_;
  std::vector<Anchor> anchors_;
};

Guardrails detectors() {
  Guardrails all;
  all.push_back(std::make_unique<Word>("email", "abcd"));
  all.push_back(std::make_unique<Word>("phone", "cdef"));
  all.push_back(std::make_unique<Word>("secret.key", "def"));
  all.push_back(std::make_unique<Word>("secret.faint", "faint", 0.4));
  all.push_back(std::make_unique<Word>("iban", "xy"));
  return all;
}

Result<std::unique_ptr<Guard>> guard_of(const std::string& yaml) {
  if (yaml.empty()) return make_guard(config::Node{}, detectors());
  auto tree = config::parse_yaml(yaml, "test.yaml");
  EXPECT_TRUE(tree);
  auto valid = config::validate(std::move(*tree), {guard_section()});
  EXPECT_TRUE(valid) << (valid ? "" : describe(valid.error().front()));
  return make_guard((*valid)["guard"], detectors());
}

std::string shown(const ScanResult& result) {
  std::string out;
  for (const Finding& f : result.findings) {
    out += fmt::format("{}@{}-{}:{} ", f.type, f.start, f.end, action_name(f.action));
  }
  return out;
}

struct Case {
  const char* yaml;
  const char* text;
  Direction direction;
  const char* findings;
  const char* redacted;
  DataClass data_class;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.text << " with " << c.yaml; }
class GuardTest : public testing::TestWithParam<Case> {};

TEST_P(GuardTest, Scans) {
  const auto guard = guard_of(GetParam().yaml);
  ASSERT_TRUE(guard) << describe(guard.error());
  const ScanResult result = (*guard)->scan(GetParam().text, GetParam().direction);
  EXPECT_EQ(shown(result), GetParam().findings);
  EXPECT_EQ((*guard)->redact(GetParam().text, result), GetParam().redacted);
  EXPECT_EQ(result.data_class, GetParam().data_class);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, GuardTest,
    testing::Values(Case{"", "nothing", Direction::Input, "", "nothing", DataClass::Public},
                    Case{"", "an abcd.", Direction::Input, "email@3-7:redact ", "an [EMAIL].", DataClass::Public},
                    Case{"", "an abcd.", Direction::Output, "email@3-7:allow ", "an abcd.", DataClass::Restricted},
                    Case{"", "an abcd.", Direction::Document, "email@3-7:allow ", "an abcd.", DataClass::Restricted},
                    Case{"", "xyxyxy", Direction::Output, "iban@0-6:redact ", "[IBAN]", DataClass::Public},
                    Case{"", "faint", Direction::Input, "", "faint", DataClass::Public},
                    Case{"guard: {score_min: 0.3}", "faint", Direction::Input, "secret.faint@0-5:block ", "[SECRET]",
                         DataClass::Restricted},
                    // Partly overlapping, equally strict: the first stands, the rest is a finding of its own.
                    Case{"guard: {rules: [{types: [secret.*], input: redact}]}", "abcdef", Direction::Input,
                         "email@0-4:redact phone@4-6:redact ", "[EMAIL][PHONE]", DataClass::Public},
                    // A stricter one wins wherever it overlaps.
                    Case{"", "abcdef", Direction::Input, "secret.key@0-6:block ", "[SECRET]", DataClass::Restricted},
                    Case{"guard: {rules: [{types: ['*'], input: allow}, {types: [iban], input: block}]}", "abcd xy",
                         Direction::Input, "email@0-4:allow iban@5-7:block ", "abcd [IBAN]", DataClass::Restricted},
                    Case{"guard: {allow: ['ABC*']}", "abcd xy", Direction::Input, "iban@5-7:redact ", "abcd [IBAN]",
                         DataClass::Public},
                    Case{"guard: {rules: [{types: [email], raise_to: internal}]}", "abcd", Direction::Document,
                         "email@0-4:allow ", "abcd", DataClass::Internal}));

TEST(GuardConfigTest, RefusesUnknownTypesAndSweepingGlobs) {
  const auto unknown = guard_of("guard: {rules: [{types: [emial], input: allow}]}");
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message.find("emial"), std::string::npos);
  const auto sweeping = guard_of("guard: {allow: ['***']}");
  ASSERT_FALSE(sweeping);
  EXPECT_NE(sweeping.error().message.find("every value"), std::string::npos);
}

TEST(GuardConfigTest, TheDigestChangesWithTheRules) {
  const auto one = guard_of(""), two = guard_of("guard: {rules: [{types: [email], output: redact}]}");
  ASSERT_TRUE(one && two);
  EXPECT_NE((*one)->digest(), (*two)->digest());
}

/// A Guard that knows nothing of parts, as a test double of another feature would be.
class Whole final : public Guard {
 public:
  [[nodiscard]] ScanResult scan(std::string_view text, Direction) const override {
    ScanResult result;
    if (const std::size_t at = text.find("bad"); at != std::string_view::npos) {
      result.findings.push_back({"email", at, at + 3, 1, Action::Redact});
    }
    return result;
  }
  [[nodiscard]] std::string redact(std::string_view text, const ScanResult&) const override {
    return std::string(text);
  }
  [[nodiscard]] const Digest& digest() const override { return digest_; }

 private:
  Digest digest_;
};

TEST(StreamGuardTest, AnyGuardIsHeldToTheEnd) {
  const Whole guard;
  StreamGuard stream(guard, Direction::Output);
  EXPECT_EQ(stream.feed("one b"), "");
  EXPECT_EQ(stream.feed("ad two"), "");
  EXPECT_EQ(stream.finish(), "one [EMAIL] two");
}

}  // namespace
}  // namespace millwright::policy
