#include "cli/usage.hpp"

#include <gtest/gtest.h>

#include "cli/nouns.hpp"

namespace millwright::cli {
namespace {

struct Line {
  std::vector<const char*> words;
  const char* message;   // empty: nothing is wrong
  const char* fix;
};

class Usage : public testing::TestWithParam<Line> {};

TEST_P(Usage, SaysWhatIsWrongAndWhatWasMeant) {
  auto words = GetParam().words;
  words.insert(words.begin(), "millwright");
  const auto fault = find_usage_fault(all_commands(), static_cast<int>(words.size()), words.data());
  EXPECT_EQ(fault ? fault->message : "", GetParam().message);
  if (fault) EXPECT_NE(fault->fix.find(GetParam().fix), std::string::npos) << fault->fix;
}

INSTANTIATE_TEST_SUITE_P(
    Lines, Usage,
    testing::Values(Line{{"status"}, "", ""}, Line{{"--json", "status"}, "", ""},
                    Line{{"--data", "staus", "status"}, "", ""}, Line{{"config", "fmt", "-"}, "", ""},
                    Line{{"chat", "helpdesk", "--", "--what"}, "", ""},
                    Line{{"chat", "helpdesk", "how?", "--user=ana", "--json"}, "", ""},
                    Line{{"chta"}, "there is no command \"chta\"", "chat"},
                    Line{{"--json", "staus"}, "there is no command \"staus\"", "status"},
                    Line{{"--json"}, "no command was given", "help"},
                    Line{{"config"}, "config needs a verb", "validate"},
                    Line{{"config", "xyzzy"}, "config has no \"xyzzy\"", "it has: validate"},
                    Line{{"config", "adpot", "x/y"}, "config has no \"adpot\"", "config adopt"},
                    Line{{"status", "--jsn"}, "status has no option --jsn", "did you mean --json?"},
                    Line{{"eval", "run", "s", "--usecase", "u"}, "eval run has no option --usecase", "--use-case"},
                    Line{{"version", "--url"}, "--url needs a value", "Address"}));

TEST(Commands, EveryOneExplainsItself) {
  for (const auto& command : all_commands()) {
    EXPECT_FALSE(command.purpose.empty()) << command.name();
    EXPECT_TRUE(command.purpose.ends_with('.') || command.purpose.ends_with('?')) << command.name();
    for (const auto& option : command.options)
      EXPECT_FALSE(option.help.empty()) << command.name() << " " << option.name;
    for (const auto& example : command.examples) {
      EXPECT_NE(example.find("millwright " + command.name()), std::string::npos) << example;
    }
  }
}

}  // namespace
}  // namespace millwright::cli
