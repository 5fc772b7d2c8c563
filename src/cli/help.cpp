#include "cli/help.hpp"

#include "base/text.hpp"

namespace millwright::cli {

namespace {

constexpr std::string_view exit_codes =
    "Exit codes: 0 ok, 1 failure, 2 usage or cancelled, 3 invalid configuration, 4 authentication, 5 not found,\n"
    "6 conflict, 7 blocked by policy, budget or gate, 8 pending, 9 partial success, 10 changes present,\n"
    "78 server: bad configuration, do not restart.\n";

std::string usage_of(const Option& option) {
  std::string text;
  switch (option.kind) {
    case Option::Kind::Positional: text = option.name; break;
    case Option::Kind::Flag: text = option.name; break;
    case Option::Kind::Value: text = option.name + " X"; break;
    case Option::Kind::Repeated: text = option.name + (option.name.starts_with('-') ? " X ..." : " ..."); break;
  }
  return option.is_required ? text : "[" + text + "]";
}

std::string option_lines(const std::vector<Option>& options) {
  std::size_t width = 0;
  for (const auto& option : options) width = std::max(width, option.name.size());
  std::string text;
  for (const auto& option : options) text += fmt::format("  {:<{}}  {}\n", option.name, width, option.help);
  return text;
}

std::string command_help(const Command& command) {
  std::string text = fmt::format("{}\n\n", command.purpose);
  if (!command.examples.empty()) {
    text += "Examples\n";
    for (const auto& example : command.examples) text += "  " + example + "\n";
    text += "\n";
  }
  text += "Usage\n  millwright " + command.name();
  for (const auto& option : command.options) text += " " + usage_of(option);
  text += "\n\n";
  if (!command.options.empty()) text += "Options\n" + option_lines(command.options) + "\n";
  return text + "Options of every command\n" + option_lines(global_options());
}

std::string listing(const Commands& commands, std::string_view noun) {
  std::size_t width = 0;
  for (const auto& command : commands) width = std::max(width, command.name().size());
  std::string text;
  for (const auto& command : commands) {
    if (command.is_hidden || (!noun.empty() && command.noun != noun)) continue;
    text += fmt::format("  {:<{}}  {}\n", command.name(), width, command.purpose);
  }
  return text;
}

}  // namespace

std::string render_help(const Commands& commands, std::string_view version, std::string_view noun,
                        std::string_view verb) {
  if (noun.empty()) {
    return fmt::format("millwright {}: an AI factory in one process.\n\nUsage\n  millwright COMMAND [options]\n\n"
                       "Commands\n{}\nOptions of every command\n{}\n{}",
                       version, listing(commands, {}), option_lines(global_options()), exit_codes);
  }
  if (noun == "exit-codes") return std::string(exit_codes);
  for (const auto& command : commands) {
    if (command.noun == noun && command.verb == verb) return command_help(command);
  }
  const auto lines = listing(commands, noun);
  return lines.empty() ? std::string() : "Commands\n" + lines;
}

std::optional<Help> requested_help(const Commands& commands, std::string_view version, int count,
                                   const char* const* arguments) {
  std::vector<std::string_view> words;
  bool is_asked = count == 1;
  for (int i = 1; i < count; ++i) {
    const std::string_view word(arguments[i]);
    if (word == "--") break;
    if (word == "--help" || word == "-h") {
      is_asked = true;
    } else if (i == 1 && word == "help") {
      is_asked = true;
    } else if (!word.starts_with('-')) {
      words.push_back(word);
    }
  }
  if (!is_asked) return std::nullopt;
  words.resize(std::max<std::size_t>(words.size(), 2));
  auto text = render_help(commands, version, words[0], words[1]);
  if (text.empty()) text = render_help(commands, version, words[0], {});
  if (!text.empty()) return Help{std::move(text), true};
  std::vector<std::string_view> nouns{"exit-codes"};
  for (const auto& command : commands) nouns.push_back(command.noun);
  const auto near = nearest_name(words[0], nouns);
  return Help{
      fmt::format("there is no help on \"{}\"{}", words[0], near ? fmt::format("; did you mean \"{}\"?", *near) : ""),
      false};
}

}  // namespace millwright::cli
