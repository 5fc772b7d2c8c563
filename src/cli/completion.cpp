// Completion scripts for bash, zsh and fish, from the command table.
#include "cli/help.hpp"

#include <map>

namespace millwright::cli {

namespace {

using Nouns = std::map<std::string, std::vector<const Command*>>;

Nouns by_noun(const Commands& commands) {
  Nouns nouns;
  for (const auto& command : commands) {
    if (!command.is_hidden) nouns[command.noun].push_back(&command);
  }
  return nouns;
}

std::string options_of(const std::vector<Option>& options) {
  std::string text;
  for (const auto& option : options) {
    if (option.kind != Option::Kind::Positional) text += " " + option.name;
  }
  return text;
}

std::string bash(const Commands& commands) {
  std::string nouns;
  std::string cases;
  for (const auto& [noun, rows] : by_noun(commands)) {
    nouns += " " + noun;
    std::string verbs;
    for (const auto* command : rows) {
      verbs += command->verb.empty() ? "" : " " + command->verb;
      cases += fmt::format("    '{}') options=\"{}{}\" ;;\n", command->name(), options_of(command->options),
                           options_of(global_options()));
    }
    if (!verbs.empty()) cases += fmt::format("    '{}') options=\"{}\" ;;\n", noun, verbs);
  }
  return fmt::format(
      "_millwright() {{\n  local current=${{COMP_WORDS[COMP_CWORD]}} words=() word options\n"
      "  for word in \"${{COMP_WORDS[@]:1:COMP_CWORD-1}}\"; do\n"
      "    [[ $word == -* ]] || words+=(\"$word\")\n    (( ${{#words[@]}} == 2 )) && break\n  done\n"
      "  case \"${{words[*]}}\" in\n    '') options=\"{}\" ;;\n{}    *) options=\"{}\" ;;\n  esac\n"
      "  COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
      "  [[ ${{#COMPREPLY[@]}} -gt 0 ]] || COMPREPLY=($(compgen -f -- \"$current\"))\n}}\n"
      "complete -F _millwright millwright\n",
      nouns, cases, options_of(global_options()));
}

std::string shell_quoted(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\'') {
      result += "'\\''";
    } else {
      result += c;
    }
  }
  return "'" + result + "'";
}

std::string zsh(const Commands& commands) {
  return "#compdef millwright\nautoload -U +X bashcompinit && bashcompinit\n" + bash(commands);
}

std::string fish(const Commands& commands) {
  std::string text = "complete -c millwright -f\n";
  for (const auto& [noun, rows] : by_noun(commands)) {
    text += fmt::format("complete -c millwright -n __fish_use_subcommand -a {} -d {}\n", noun,
                        shell_quoted(rows.front()->verb.empty() ? rows.front()->purpose : noun));
    for (const auto* command : rows) {
      auto condition = fmt::format("__fish_seen_subcommand_from {}", noun);
      if (!command->verb.empty()) {
        text += fmt::format("complete -c millwright -n {} -a {} -d {}\n", shell_quoted(condition), command->verb,
                            shell_quoted(command->purpose));
        condition += fmt::format("; and __fish_seen_subcommand_from {}", command->verb);
      }
      for (const auto& option : command->options) {
        if (option.kind == Option::Kind::Positional) continue;
        text += fmt::format("complete -c millwright -n {} -l {} -d {}{}\n", shell_quoted(condition), option.name.substr(2),
                            shell_quoted(option.help), option.kind == Option::Kind::Flag ? "" : " -r");
      }
    }
  }
  for (const auto& option : global_options()) {
    text += fmt::format("complete -c millwright -l {} -d {}{}\n", option.name.substr(2), shell_quoted(option.help),
                        option.kind == Option::Kind::Flag ? "" : " -r");
  }
  return text;
}

}  // namespace

std::string render_completion(const Commands& commands, std::string_view shell) {
  if (shell == "bash") return bash(commands);
  if (shell == "zsh") return zsh(commands);
  if (shell == "fish") return fish(commands);
  return {};
}

}  // namespace millwright::cli
