#include <cstdio>

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "cli/help.hpp"
#include "cli/nouns.hpp"
#include "tests/support/temp_directory.hpp"

namespace millwright::cli {
namespace {

/// What bash offers for the last of `words`.
std::string completed(const std::string& words) {
  const test::TempDirectory directory;
  const auto script = directory.write("completion.bash", render_completion(all_commands(), "bash"));
  const auto command = fmt::format(
      "cd {} && bash -c 'source {}; COMP_WORDS=(millwright {}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _millwright; "
      "echo \"${{COMPREPLY[*]}}\"' 2>&1",
      directory.path().string(), script.string(), words);
  std::FILE* pipe = popen(command.c_str(), "r");
  std::string text(4096, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), pipe));
  pclose(pipe);
  return std::string(trimmed(text));
}

TEST(Completion, BashOffersNounsVerbsOptionsAndChoices) {
  EXPECT_EQ(completed("dem"), "demo");
  EXPECT_EQ(completed("config ad"), "adopt");
  EXPECT_EQ(completed("--data somewhere config rel"), "release") << "the value of an option is no noun";
  EXPECT_EQ(completed("config adopt --dry"), "--dry-run");
  EXPECT_EQ(completed("config export --owner c"), "console");
  EXPECT_EQ(completed("completion f"), "fish");
  EXPECT_EQ(completed("tune export it-kb --class-max conf"), "confidential");
  EXPECT_EQ(completed("config fmt completion"), "completion.bash") << "files where nothing else fits";
  EXPECT_EQ(completed("doctor --f"), "--fix");
}

TEST(Completion, EveryVerbIsInEveryShellAndInTheManPage) {
  const auto commands = all_commands();
  const auto man = render_man(commands, "1");
  for (const auto& command : commands) {
    if (command.is_hidden) continue;
    EXPECT_NE(man.find(fmt::format(".SS {}\n", [&] {
      std::string name = command.name();
      for (auto at = name.find('-'); at != std::string::npos; at = name.find('-', at + 2)) name.insert(at, "\\");
      return name;
    }())), std::string::npos) << command.name();
    for (const auto* shell : {"bash", "zsh", "fish"}) {
      const auto script = render_completion(commands, shell);
      EXPECT_NE(script.find(command.verb.empty() ? command.noun : command.verb), std::string::npos) << command.name();
    }
    EXPECT_FALSE(render_help(commands, "1", command.noun, command.verb).empty());
  }
  EXPECT_EQ(render_completion(commands, "powershell"), "");
}

}  // namespace
}  // namespace millwright::cli
