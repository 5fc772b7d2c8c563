// Completion scripts for bash, zsh and fish, from the command table.
#include "cli/help.hpp"

#include <map>
#include <set>

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
    if (option.name.starts_with('-')) text += " " + option.name;
  }
  return text;
}

/// Options that take a value, each once: what follows one is no word of the command.
std::set<std::string> value_options(const Commands& commands) {
  std::set<std::string> names;
  const auto add = [&names](const std::vector<Option>& options) {
    for (const auto& option : options) {
      if (option.name.starts_with('-') && option.kind != Option::Kind::Flag) names.insert(option.name);
    }
  };
  add(global_options());
  for (const auto& command : commands) add(command.options);
  return names;
}

/// Values to choose from: "'config export --owner') options='file console' ;;".
std::string choice_cases(const Commands& commands) {
  std::string cases;
  for (const auto& command : commands) {
    for (const auto& option : command.options) {
      if (option.choices.empty() || command.is_hidden) continue;
      const auto previous = option.name.starts_with('-') ? " " + option.name : " ";
      cases += fmt::format("    '{}{}') options=\"{}\" ;;\n", command.name(), previous, fmt::join(option.choices, " "));
    }
  }
  return cases;
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
      // Also for zsh, whose arrays begin at 1: words are counted, never indexed.
      "_millwright() {{\n  local current='' previous='' words=() rest=0 index=0 word options=''\n"
      "  for word in \"${{COMP_WORDS[@]}}\"; do\n"
      "    index=$((index + 1))\n"
      "    (( index == 1 )) && continue\n"
      "    if (( index > COMP_CWORD )); then current=\"$word\"; break; fi\n"
      "    case \"$previous\" in {}) previous=''; continue ;; esac\n"
      "    previous=\"$word\"\n"
      "    [[ $word == -* ]] && continue\n"
      "    if (( ${{#words[@]}} < 2 )); then words+=(\"$word\"); else rest=1; fi\n  done\n"
      "  local value=''\n  case \"$previous\" in {}) value=\"$previous\" ;; esac\n"
      "  [[ $rest == 1 && -z $value ]] && value=none\n"
      "  case \"${{words[*]}} $value\" in\n{}    *) ;;\n  esac\n"
      "  if [[ -z $options && ( -z $value || $value == none ) ]]; then\n"
      "    case \"${{words[*]}}\" in\n    '') options=\"{}\" ;;\n{}    *) options=\"{}\" ;;\n    esac\n  fi\n"
      "  COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
      "  [[ ${{#COMPREPLY[@]}} -gt 0 ]] || COMPREPLY=($(compgen -f -- \"$current\"))\n}}\n"
      "complete -F _millwright millwright\n",
      fmt::join(value_options(commands), "|"), fmt::join(value_options(commands), "|"), choice_cases(commands), nouns,
      cases, options_of(global_options()));
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
  // As a file of the search path it is read at the first completion, which it then has to make itself.
  return "#compdef millwright\nautoload -U +X bashcompinit && bashcompinit\n" + bash(commands) +
         "[[ ${funcstack[1]} == _millwright ]] && _bash_complete -F _millwright\n";
}

std::string fish_option(const Option& option, const std::string& condition) {
  const std::string_view text = "complete -c millwright";
  const auto when = condition.empty() ? std::string() : " -n " + shell_quoted(condition);
  const auto choices = fmt::format("{}", fmt::join(option.choices, " "));
  if (!option.name.starts_with('-')) {
    return choices.empty() ? std::string() : fmt::format("{}{} -a {}\n", text, when, shell_quoted(choices));
  }
  const auto value = option.kind == Option::Kind::Flag ? std::string()
                     : choices.empty()                 ? std::string(" -rF")
                                                       : " -xa " + shell_quoted(choices);
  return fmt::format("{}{} -l {} -d {}{}\n", text, when, option.name.substr(2), shell_quoted(option.help), value);
}

std::string fish(const Commands& commands) {
  std::string text = "complete -c millwright -f\n";
  for (const auto& [noun, rows] : by_noun(commands)) {
    const auto purpose = rows.front()->verb.empty() ? rows.front()->purpose : noun;
    text += fmt::format("complete -c millwright -n __fish_use_subcommand -a {} -d {}\n", noun, shell_quoted(purpose));
    std::vector<std::string> verbs;
    for (const auto* command : rows) {
      if (!command->verb.empty()) verbs.push_back(command->verb);
    }
    for (const auto* command : rows) {
      auto condition = fmt::format("__fish_seen_subcommand_from {}", noun);
      if (!command->verb.empty()) {
        const auto none_yet =
            fmt::format("{}; and not __fish_seen_subcommand_from {}", condition, fmt::join(verbs, " "));
        text += fmt::format("complete -c millwright -n {} -a {} -d {}\n", shell_quoted(none_yet), command->verb,
                            shell_quoted(command->purpose));
        condition += fmt::format("; and __fish_seen_subcommand_from {}", command->verb);
      }
      for (const auto& option : command->options) text += fish_option(option, condition);
    }
  }
  for (const auto& option : global_options()) text += fish_option(option, {});
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
