#include "features/ingestion/acl.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"

namespace millwright::ingestion {

namespace {

json::array to_array(std::vector<std::string> list) {
  std::ranges::sort(list);
  list.erase(std::ranges::unique(list).begin(), list.end());
  json::array out;
  for (std::string& entry : list) out.emplace_back(std::move(entry));
  return out;
}

/// Nothing when it is no list of strings.
std::optional<std::vector<std::string>> from_array(const json::value* value) {
  if (value == nullptr || !value->is_array()) return std::nullopt;
  std::vector<std::string> out;
  for (const json::value& entry : value->get_array()) {
    if (!entry.is_string()) return std::nullopt;
    out.emplace_back(entry.get_string());
  }
  return out;
}

}  // namespace

Acl acl_for(const SourceConfig& source, const SourceItem& item) {
  if (item.acl) return *item.acl;
  for (const SourceConfig::AclRule& rule : source.acl_rules) {
    if (matches_glob(rule.path, item.path)) return rule.acl;
  }
  return source.acl;
}

std::string render_acl(const Acl& acl) {
  return json::serialize(json::object{{"allow", to_array(acl.allow)}, {"deny", to_array(acl.deny)}});
}

Acl parse_acl_text(std::string_view text) {
  const auto object = parse_json_object(text);
  if (!object) return {};
  auto allow = from_array(find_member(*object, "allow"));
  auto deny = from_array(find_member(*object, "deny"));
  if (!allow || !deny) return {};
  return {std::move(*allow), std::move(*deny)};
}

bool covers(const Acl& outer, const Acl& inner) {
  if (inner.allow.empty()) return true;
  const auto holds = [](const std::vector<std::string>& list, const std::string& principal) {
    return std::ranges::find(list, principal) != list.end();
  };
  // Whom the outer one denies, the inner one must deny too.
  if (!std::ranges::all_of(outer.deny, [&](const auto& principal) { return holds(inner.deny, principal); })) return false;
  if (holds(outer.allow, "everyone")) return true;
  return std::ranges::all_of(inner.allow, [&](const auto& principal) { return holds(outer.allow, principal); });
}

std::string render_list(const std::vector<std::string>& list) { return json::serialize(to_array(list)); }

std::vector<std::string> parse_list(std::string_view text) {
  const auto value = parse_json(text);
  if (!value) return {};
  return from_array(&*value).value_or(std::vector<std::string>());
}

}  // namespace millwright::ingestion
