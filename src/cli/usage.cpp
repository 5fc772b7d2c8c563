#include "cli/usage.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace millwright::cli {

namespace {

/// An option as it was written: "--name=value" is "--name".
struct Given {
  std::string name;
  bool has_value = false;
};

Given parse_option(std::string_view word) {
  const auto equals = word.find('=');
  return {std::string(word.substr(0, equals)), equals != std::string_view::npos};
}

const Option* find_option(const std::vector<Option>& options, std::string_view name) {
  const auto found =
      std::ranges::find(options, name, [](const Option& option) { return std::string_view(option.name); });
  return found == options.end() ? nullptr : &*found;
}

bool takes_value(const Option& option) { return option.kind != Option::Kind::Flag; }

/// Every option of every command: before the command is known, a value must not be taken for its name.
const Option* find_anywhere(const Commands& commands, std::string_view name) {
  if (const auto* option = find_option(global_options(), name)) return option;
  for (const auto& command : commands) {
    if (const auto* option = find_option(command.options, name)) return option;
  }
  return nullptr;
}

std::vector<std::string> words_of(const Commands& commands, int count, const char* const* arguments) {
  std::vector<std::string> words;
  for (int i = 1; i < count && words.size() < 2; ++i) {
    const std::string_view word(arguments[i]);
    if (word == "--") break;
    if (!word.starts_with('-') || word == "-") {
      words.emplace_back(word);
      continue;
    }
    const auto given = parse_option(word);
    const auto* option = find_anywhere(commands, given.name);
    if (option != nullptr && takes_value(*option) && !given.has_value) ++i;
  }
  return words;
}

UsageFault unknown_option(const Command& command, const std::string& name) {
  std::vector<std::string_view> names;
  for (const auto& option : command.options) {
    if (option.name.starts_with('-')) names.push_back(option.name);
  }
  for (const auto& option : global_options()) names.push_back(option.name);
  const auto near = nearest_name(name, names);
  return {
      fmt::format("{} has no option {}", command.name(), name),
      near ? fmt::format("did you mean {}?", *near) : fmt::format("millwright {} --help lists them", command.name())};
}

std::optional<UsageFault> check_options(const Command& command, int count, const char* const* arguments) {
  for (int i = 1; i < count; ++i) {
    const std::string_view word(arguments[i]);
    if (word == "--") break;
    if (!word.starts_with("--")) continue;
    const auto given = parse_option(word);
    const auto* option = find_option(command.options, given.name);
    if (option == nullptr) option = find_option(global_options(), given.name);
    if (option == nullptr) return unknown_option(command, given.name);
    if (!takes_value(*option) || given.has_value) continue;
    if (++i == count) {
      return UsageFault{fmt::format("{} needs a value", given.name), option->help};
    }
  }
  return std::nullopt;
}

std::optional<UsageFault> unknown_noun(const Commands& commands, const std::string& noun) {
  std::vector<std::string_view> nouns;
  for (const auto& command : commands) nouns.push_back(command.noun);
  const auto near = nearest_name(noun, nouns);
  return UsageFault{fmt::format("there is no command \"{}\"", noun),
                    near ? fmt::format("did you mean \"{}\"?", *near) : "millwright help lists them"};
}

}  // namespace

std::optional<UsageFault> find_usage_fault(const Commands& commands, int count, const char* const* arguments) {
  const auto words = words_of(commands, count, arguments);
  if (words.empty()) return UsageFault{"no command was given", "millwright help lists them"};
  std::vector<std::string_view> verbs;
  const Command* chosen = nullptr;
  for (const auto& command : commands) {
    if (command.noun != words[0]) continue;
    verbs.push_back(command.verb);
    if (command.verb.empty() || (words.size() > 1 && command.verb == words[1])) chosen = &command;
  }
  if (verbs.empty()) return unknown_noun(commands, words[0]);
  if (chosen != nullptr) return check_options(*chosen, count, arguments);
  const auto list = fmt::format("it has: {}", fmt::join(verbs, ", "));
  if (words.size() < 2) return UsageFault{fmt::format("{} needs a verb", words[0]), list};
  const auto near = nearest_name(words[1], verbs);
  return UsageFault{fmt::format("{} has no \"{}\"", words[0], words[1]),
                    near ? fmt::format("did you mean \"{} {}\"?", words[0], *near) : list};
}

}  // namespace millwright::cli
