#include "cli/run.hpp"

#include <algorithm>
#include <cstdlib>

#include <CLI/CLI.hpp>

#include "base/text.hpp"
#include "cli/context.hpp"
#include "cli/help.hpp"
#include "cli/nouns.hpp"
#include "cli/usage.hpp"

namespace millwright::cli {

namespace {

constexpr int exit_usage = 2;

/// One parsed option on its way into Arguments.
struct Slot {
  Option option;
  std::vector<std::string> texts;   // of Repeated
  std::string text;                 // of Value and Positional
  bool is_set = false;              // of Flag
  CLI::Option* parsed = nullptr;
};

/// A command with the storage its options are read into.
struct Bound {
  const Command* command = nullptr;
  CLI::App* app = nullptr;
  std::vector<std::unique_ptr<Slot>> slots;
};

void bind(CLI::App& app, const Option& option, std::vector<std::unique_ptr<Slot>>& slots) {
  slots.push_back(std::make_unique<Slot>(Slot{option, {}, {}, false, nullptr}));
  auto& slot = *slots.back();
  CLI::Option* added = nullptr;
  if (option.kind == Option::Kind::Flag) {
    added = app.add_flag(option.name, slot.is_set, option.help);
  } else if (option.kind == Option::Kind::Repeated) {
    added = app.add_option(option.name, slot.texts, option.help);
  } else {
    added = app.add_option(option.name, slot.text, option.help);
  }
  slot.parsed = added;
  if (option.is_required) added->required();
  if (!option.choices.empty()) added->check(CLI::IsMember(option.choices));
}

Arguments arguments_of(const std::vector<std::unique_ptr<Slot>>& slots) {
  Arguments arguments;
  for (const auto& slot : slots) {
    if (slot->is_set) arguments.add(slot->option.name, "true");
    for (const auto& text : slot->texts) arguments.add(slot->option.name, text);
    const bool is_single = slot->option.kind != Option::Kind::Flag && slot->option.kind != Option::Kind::Repeated;
    if (is_single && slot->parsed->count() > 0) arguments.add(slot->option.name, slot->text);
  }
  return arguments;
}

/// "@PATH" and MILLWRIGHT_TOKEN keep tokens out of process lists.
Result<std::string> token_of(const Arguments& given) {
  auto token = given.text("--token");
  if (token.starts_with('@')) {
    auto text = read_input(token.substr(1), 64u << 10);
    if (!text) return pass(text);
    return std::string(trimmed(*text));
  }
  if (token.empty()) {
    const char* environment = std::getenv("MILLWRIGHT_TOKEN");
    if (environment != nullptr) token = environment;
  }
  return token;
}

/// The data directory remembers its configuration, so that --data alone is enough later.
std::string remembered_config(const std::filesystem::path& data) {
  const auto text = read_input((data / "config.path").string(), 4096);
  return text ? std::string(trimmed(*text)) : std::string();
}

Result<Target> target_of(const Arguments& given) {
  Target target;
  target.url = given.text("--url");
  auto token = token_of(given);
  if (!token) return pass(token);
  target.token = std::move(*token);
  std::filesystem::path config = given.text("--config");
  const std::filesystem::path data = given.text("--data");
  if (config.empty() && !data.empty()) config = remembered_config(data);
  if (config.empty()) config = "millwright.yaml";
  target.places.config = config;
  target.places.data = data.empty() ? std::filesystem::absolute(config).parent_path() / ".millwright" : data;
  return target;
}

int usage_error(const Output& out, const std::string& message, const std::string& fix) {
  Error error;
  error.code = ErrorCode::InvalidInput;
  error.message = message;
  error.fix = fix;
  out.error(error);
  return exit_usage;
}

/// Before anything is parsed, so that faults of usage are JSON too.
bool is_json_wanted(int count, const char* const* arguments) {
  return std::any_of(arguments + 1, arguments + count,
                     [](const char* word) { return std::string_view(word) == "--json"; });
}

int execute(const Host& host, const Commands& commands, const Bound& bound, const Arguments& given) {
  const Output output(given.has("--json"), given.has("--no-color"));
  auto target = target_of(given);
  if (!target) {
    output.error(target.error());
    return meaning(target.error().code).exit_code;
  }
  Context context(host, std::move(*target), output, commands);
  auto arguments = arguments_of(bound.slots);
  const auto code = bound.command->run(context, arguments);
  if (code) return *code;
  output.error(code.error());
  return meaning(code.error().code).exit_code;
}

/// Options of all commands may stand before or after the command's own.
void bind_all(CLI::App& app, const Commands& commands, std::vector<Bound>& bound,
              std::vector<std::unique_ptr<Slot>>& globals) {
  for (const auto& option : global_options()) bind(app, option, globals);
  app.fallthrough();
  std::map<std::string, CLI::App*> nouns;
  for (const auto& command : commands) {
    auto* parent = &app;
    if (!command.verb.empty()) {
      auto& noun = nouns[command.noun];
      if (noun == nullptr) {
        noun = app.add_subcommand(command.noun, command.noun);
        noun->require_subcommand(1);
        noun->fallthrough();
        noun->set_help_flag();
      }
      parent = noun;
    }
    Bound entry;
    entry.command = &command;
    entry.app = parent->add_subcommand(command.verb.empty() ? command.noun : command.verb, command.purpose);
    entry.app->fallthrough();
    entry.app->set_help_flag();
    for (const auto& option : command.options) bind(*entry.app, option, entry.slots);
    bound.push_back(std::move(entry));
  }
}

}  // namespace

int run(int count, const char* const* arguments, const Host& host) {
  const auto commands = all_commands();
  const Output out(is_json_wanted(count, arguments), false);
  if (const auto help = requested_help(commands, host.version, count, arguments)) {
    if (help->is_found) {
      out.raw(help->text);
      return count == 1 ? exit_usage : 0;
    }
    return usage_error(out, help->text, "millwright help lists the commands");
  }
  if (count == 2 && std::string_view(arguments[1]) == "--version") {
    out.raw(fmt::format("millwright {}\n", host.version));
    return 0;
  }
  if (const auto fault = find_usage_fault(commands, count, arguments))
    return usage_error(out, fault->message, fault->fix);
  CLI::App app("millwright");
  app.set_help_flag();
  app.require_subcommand(1);
  std::vector<Bound> bound;
  std::vector<std::unique_ptr<Slot>> globals;
  bind_all(app, commands, bound, globals);
  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    return usage_error(out, error.what(), "add --help for the options");
  }
  const auto chosen = std::ranges::find_if(bound, [](const Bound& entry) { return entry.app->parsed(); });
  if (chosen == bound.end()) return usage_error(out, "no command was given", "millwright help lists them");
  return execute(host, commands, *chosen, arguments_of(globals));
}

}  // namespace millwright::cli
