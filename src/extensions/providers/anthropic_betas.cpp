#include "extensions/providers/anthropic_betas.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace millwright::extensions {
namespace {

constexpr std::size_t callers_max = 32;   // more names than any client sends

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 100 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

std::vector<std::string> names_of(std::string_view list) {
  std::vector<std::string> names;
  for (const auto part : split(list, ',')) {
    const auto name = trimmed(part);
    if (is_name(name) && std::ranges::find(names, name) == names.end()) names.emplace_back(name);
  }
  return names;
}

}  // namespace

AnthropicBetas::AnthropicBetas(std::string_view configured, std::string_view allowed)
    : configured_(names_of(configured)), allowed_(names_of(allowed)), is_all_allowed_(trimmed(allowed) == "*") {}

std::string AnthropicBetas::header(const std::vector<std::pair<std::string, std::string>>* callers_headers) const {
  auto names = configured_;
  const auto names_max = configured_.size() + callers_max;
  for (std::size_t i = 0; callers_headers != nullptr && i < callers_headers->size(); ++i) {
    const auto& [field, value] = (*callers_headers)[i];
    if (!equal_ignoring_case(field, "anthropic-beta")) continue;
    for (auto& name : names_of(value)) {
      const bool may_pass = is_all_allowed_ || std::ranges::find(allowed_, name) != allowed_.end();
      const bool is_new = std::ranges::find(names, name) == names.end();
      if (may_pass && is_new && names.size() < names_max) names.push_back(std::move(name));
    }
  }
  std::string header;
  for (const auto& name : names) header += (header.empty() ? "" : ",") + name;
  return header;
}

}  // namespace millwright::extensions
