// millwright(1) as roff, from the command table.
#include "cli/help.hpp"

namespace millwright::cli {

namespace {

/// Backslashes and leading dots mean something to roff; hyphens stay hyphens.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      result += c;
    }
  }
  if (result.starts_with('.') || result.starts_with('\'')) result.insert(0, "\\&");
  return result;
}

std::string options_of(const std::vector<Option>& options) {
  std::string text;
  for (const auto& option : options) {
    text += fmt::format(".TP\n.B {}\n{}\n", escaped(option.name), escaped(option.help));
  }
  return text;
}

}  // namespace

std::string render_man(const Commands& commands, std::string_view version) {
  std::string text = fmt::format(
      ".TH MILLWRIGHT 1 \"\" \"millwright {}\" \"User Commands\"\n.SH NAME\nmillwright \\- an AI factory in one process\n"
      ".SH SYNOPSIS\n.B millwright\n.I COMMAND\n[options]\n.SH COMMANDS\n",
      escaped(version));
  for (const auto& command : commands) {
    if (command.is_hidden) continue;
    text += fmt::format(".SS {}\n{}\n", escaped(command.name()), escaped(command.purpose));
    text += options_of(command.options);
    for (const auto& example : command.examples) text += fmt::format(".PP\n.EX\n{}\n.EE\n", escaped(example));
  }
  text += ".SH OPTIONS OF EVERY COMMAND\n" + options_of(global_options());
  text += ".SH EXIT STATUS\n" + escaped(render_help(commands, version, "exit-codes", {}));
  return text;
}

}  // namespace millwright::cli
