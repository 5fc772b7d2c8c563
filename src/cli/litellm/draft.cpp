#include "cli/litellm/draft.hpp"

#include <charconv>
#include <cmath>

#include "base/text.hpp"
#include "cli/litellm/amounts.hpp"
#include "cli/litellm/known_settings.hpp"

namespace millwright::cli::litellm {

namespace {

constexpr std::string_view environment_mark = "os.environ/";
constexpr std::size_t name_bytes_max = 63;

}  // namespace

std::string Draft::unique_name(std::string_view section, std::string_view wanted) {
  const auto base = object_name(wanted);
  auto name = base;
  for (int i = 2; !names.insert(fmt::format("{}/{}", section, name)).second; ++i) {
    const auto suffix = fmt::format("-{}", i);
    name = base.substr(0, name_bytes_max - suffix.size()) + suffix;
  }
  return name;
}

Group* Draft::find_group(std::string_view source_name) {
  for (auto& group : groups) {
    if (group.source_name == source_name) return &group;
    if (std::ranges::find(group.aliases, source_name) != group.aliases.end()) return &group;
  }
  return nullptr;
}

json::object Draft::secret(const config::Node& node, std::string_view target, std::string_view suggested_name,
                           bool may_be_file) {
  const std::string_view text = node.text();
  if (text.starts_with(environment_mark)) {
    std::string name(text.substr(environment_mark.size()));
    account.take(node, target);
    variables.push_back({name, node.where(), false});
    return {{"env", std::move(name)}};
  }
  if (may_be_file && text.starts_with('/')) {
    account.take(node, target);
    return {{"file", text}};
  }
  const auto [known, is_new] = secret_names.try_emplace(std::string(text));
  if (is_new) {
    auto name = variable_name(suggested_name);
    for (int i = 2; !names.insert("variables/" + name).second; ++i)
      name = variable_name(fmt::format("{}_{}", suggested_name, i));
    known->second = name;
  }
  account.change(
      node, target, fmt::format("the secret stood in the file; it is now read from ${}", known->second),
      fmt::format("Set {} where the server is started, and consider the secret known to all who read the old file.",
                  known->second));
  variables.push_back({known->second, node.where(), true});
  return {{"env", known->second}};
}

std::string Draft::plain_text(const config::Node& node, std::string_view target) {
  const std::string_view text = node.text();
  if (!text.starts_with(environment_mark)) {
    account.take(node, target);
    return std::string(text);
  }
  const std::string name(text.substr(environment_mark.size()));
  const auto& inside = source["environment_variables"][name];
  const auto given = options.environment.find(name);
  std::string value = given != options.environment.end() ? given->second : inside.text();
  if (value.empty()) {
    account.leave(node,
                  fmt::format("the value of ${} is not known, and only secrets are read from the environment", name),
                  fmt::format("Run the import again with {} set.", name));
  } else {
    account.change(
        node, target,
        fmt::format("the value that ${} had is written out: only secrets are read from the environment", name));
  }
  return value;
}

void Draft::leave_rest(const config::Node& map, std::string_view scope) {
  for (const auto& [name, node] : map.members()) {
    if (account.is_decided(node)) continue;
    if (!node.is_set()) {
      account.leave(node, "it is not set");
      continue;
    }
    if (const auto* known = find_known_setting(scope, name)) account.leave(node, known->why, known->advice);
  }
}

bool Draft::add_limit(std::string_view scope, const std::string& match, std::string_view option,
                      const std::string& value) {
  if (!vocabulary.takes("limits[].scope", scope) || !vocabulary.takes(fmt::format("limits[].{}", option))) return false;
  json::object* entry = nullptr;
  for (auto& limit : limits) {
    auto& known = limit.get_object();
    const bool is_same = string_member(known, "scope") == scope && string_member(known, "match") == match;
    if (is_same && !known.contains(option)) entry = &known;
  }
  if (entry == nullptr) {
    json::object fresh{{"name", unique_name("limits", match.empty() ? std::string(scope) : match)}, {"scope", scope}};
    if (!match.empty()) fresh["match"] = match;
    limits.emplace_back(std::move(fresh));
    entry = &limits.back().get_object();
  }
  std::int64_t number = 0;
  const auto end = value.data() + value.size();
  const auto read = std::from_chars(value.data(), end, number);
  if (read.ec == std::errc() && read.ptr == end) {
    (*entry)[option] = number;
  } else {
    (*entry)[option] = value;
  }
  return true;
}

std::optional<std::int64_t> whole_number(const config::Node& node) {
  if (node.shape() != config::Node::Shape::Scalar) return std::nullopt;
  const auto text = shifted_decimal(node.text(), 0);
  if (!text || text->find('.') != std::string::npos) return std::nullopt;
  std::int64_t number = 0;
  const auto end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, number);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return number;
}

std::optional<BudgetPeriod> budget_period(const config::Node& duration) {
  if (!duration.is_set()) return BudgetPeriod{"total", 1};
  const auto length = seconds(duration.text());
  if (!length || *length <= 0) return std::nullopt;
  const auto days = *length / 86'400;
  if (days == 1) return BudgetPeriod{"day", 1};
  if (days == 7) return BudgetPeriod{"week", 1};
  if (days >= 28 && days <= 31) return BudgetPeriod{"month", 1};
  return BudgetPeriod{"month", 30 / days};
}

std::optional<std::string> scaled_money(std::string_view usd, double factor) {
  if (factor == 1) return money(usd);
  const auto exact = shifted_decimal(usd, 0);
  double number = 0;
  if (!exact || std::from_chars(exact->data(), exact->data() + exact->size(), number).ec != std::errc())
    return std::nullopt;
  return money(fmt::format("{:.2f}", number * factor));
}

}  // namespace millwright::cli::litellm
