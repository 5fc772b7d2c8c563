#include "cli/command.hpp"

#include <charconv>
#include <cmath>

namespace millwright::cli {

Option positional(std::string name, std::string help) {
  return {std::move(name), std::move(help), Option::Kind::Positional, true, {}};
}
Option optional_positional(std::string name, std::string help) {
  return {std::move(name), std::move(help), Option::Kind::Positional, false, {}};
}
Option value(std::string name, std::string help) {
  return {std::move(name), std::move(help), Option::Kind::Value, false, {}};
}
Option required_value(std::string name, std::string help) {
  return {std::move(name), std::move(help), Option::Kind::Value, true, {}};
}
Option repeated(std::string name, std::string help) {
  return {std::move(name), std::move(help), Option::Kind::Repeated, false, {}};
}
Option flag(std::string name, std::string help) {
  return {std::move(name), std::move(help), Option::Kind::Flag, false, {}};
}

bool Arguments::has(std::string_view name) const { return values_.contains(name); }

std::vector<std::string> Arguments::texts(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

std::string Arguments::text(std::string_view name) const { return text_or(name, {}); }

std::string Arguments::text_or(std::string_view name, std::string_view otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() || found->second.empty() ? std::string(otherwise) : found->second.back();
}

Result<std::optional<std::int64_t>> Arguments::integer(std::string_view name) const {
  const auto text_given = text(name);
  if (text_given.empty()) return std::optional<std::int64_t>();
  std::int64_t number = 0;
  const auto* end_of_text = text_given.data() + text_given.size();
  const auto [end, error] = std::from_chars(text_given.data(), end_of_text, number);
  if (error != std::errc() || end != end_of_text) {
    return fail(ErrorCode::InvalidInput, "{} takes a whole number, not \"{}\"", name, text_given);
  }
  return std::optional<std::int64_t>(number);
}

Result<std::optional<double>> Arguments::number(std::string_view name) const {
  if (!has(name)) return std::optional<double>();
  const auto text_given = text(name);
  double number = 0;
  const auto* end_of_text = text_given.data() + text_given.size();
  const auto [end, error] = std::from_chars(text_given.data(), end_of_text, number);
  if (error != std::errc() || end != end_of_text || !std::isfinite(number)) {
    return fail(ErrorCode::InvalidInput, "{} takes a number, not \"{}\"", name, text_given);
  }
  return std::optional<double>(number);
}

const std::vector<Option>& global_options() {
  static const std::vector<Option> options{
      value("--config", "Configuration file; millwright.yaml here when absent."),
      value("--data", "Data directory; .millwright beside the configuration when absent."),
      value("--url", "Address of a server elsewhere, as in https://ai.example.com."),
      value("--token", "Token for --url: a file as @PATH; better in the environment as MILLWRIGHT_TOKEN."),
      flag("--json", "Print the answer as JSON."),
      flag("--no-color", "No colours; NO_COLOR in the environment does the same."),
  };
  return options;
}

}  // namespace millwright::cli
