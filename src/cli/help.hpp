// Help, man pages and shell completions, all from the command table.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/command.hpp"

namespace millwright::cli {

struct Help {
  std::string text;
  bool is_found = true;   // else the text says what there is no help on
};
/// The help when the line asks for it: nothing at all, "help …", or --help or -h anywhere.
[[nodiscard]] std::optional<Help> requested_help(const Commands& commands, std::string_view version, int count,
                                                        const char* const* arguments);
/// Overview, one noun, or one command; empty when there is no such command.
[[nodiscard]] std::string render_help(const Commands& commands, std::string_view version, std::string_view noun,
                                      std::string_view verb);
/// roff of millwright(1).
[[nodiscard]] std::string render_man(const Commands& commands, std::string_view version);
/// "bash", "zsh" or "fish"; empty for another shell.
[[nodiscard]] std::string render_completion(const Commands& commands, std::string_view shell);

}  // namespace millwright::cli
