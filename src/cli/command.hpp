// The command table: every command of the program once, with its options, examples and what it does. Help, man pages
// and completions are made from the same rows.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace millwright::cli {

class Context;

/// One option or positional argument.
struct Option {
  enum class Kind : std::uint8_t { Positional, Value, Repeated, Flag };
  std::string name;            // "--use-case", or the placeholder "USE_CASE" of a positional one
  std::string help;            // one sentence
  Kind kind = Kind::Value;
  bool is_required = false;
  std::vector<std::string> choices;
};
[[nodiscard]] Option positional(std::string name, std::string help);
[[nodiscard]] Option optional_positional(std::string name, std::string help);
[[nodiscard]] Option value(std::string name, std::string help);
[[nodiscard]] Option required_value(std::string name, std::string help);
[[nodiscard]] Option repeated(std::string name, std::string help);
[[nodiscard]] Option flag(std::string name, std::string help);

/// What was given on the command line for one command.
class Arguments {
 public:
  [[nodiscard]] std::string text(std::string_view name) const;                   // empty when absent
  [[nodiscard]] std::string text_or(std::string_view name, std::string_view otherwise) const;
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> texts(std::string_view name) const;
  /// InvalidInput when it is no whole number; nothing when absent.
  [[nodiscard]] Result<std::optional<std::int64_t>> integer(std::string_view name) const;
  /// The same for a decimal number.
  [[nodiscard]] Result<std::optional<double>> number(std::string_view name) const;
  void add(const std::string& name, std::string text) { values_[name].push_back(std::move(text)); }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

/// Success is an exit code, so that a blocked gate (7) or a wait (8) need not look like an error.
using Run = std::function<Result<int>(Context&, const Arguments&)>;

struct Command {
  std::string noun, verb;            // verb may be empty: "doctor"
  std::string purpose;               // one line
  std::vector<Option> options;
  std::vector<std::string> examples;
  Run run;
  bool is_hidden = false;

  [[nodiscard]] std::string name() const { return verb.empty() ? noun : noun + " " + verb; }
};
using Commands = std::vector<Command>;

/// Options that every command takes: --config, --data, --url, --token, --json, --no-color.
[[nodiscard]] const std::vector<Option>& global_options();

}  // namespace millwright::cli
