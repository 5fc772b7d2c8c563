#include "features/curation/selection.hpp"

#include "base/text.hpp"

namespace millwright::curation {

namespace {
constexpr std::array<std::string_view, 5> kinds{"tag", "class", "path", "source", "title"};
}  // namespace

bool is_rule(std::string_view rule) {
  const std::size_t colon = rule.find(':');
  if (colon == std::string_view::npos || colon + 1 == rule.size()) return false;
  if (std::ranges::find(kinds, rule.substr(0, colon)) == kinds.end()) return false;
  return !rule.starts_with("class:") || policy::find_class(rule.substr(6)).has_value();
}

bool matches_rule(std::string_view rule, const ingestion::Document& document) {
  const std::size_t colon = rule.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view kind = rule.substr(0, colon);
  const std::string_view glob = rule.substr(colon + 1);
  if (kind == "class") return policy::class_name(document.data_class) == glob;
  if (kind == "path") return matches_glob(glob, document.path);
  if (kind == "source") return matches_glob(glob, document.source);
  if (kind == "title") return matches_glob(glob, document.title);
  if (kind == "tag") {
    return std::ranges::any_of(document.tags, [&](const std::string& tag) { return matches_glob(glob, tag); });
  }
  return false;
}

bool is_selected(const DatasetConfig& dataset, const ingestion::Document& document) {
  if (document.verdict != ingestion::Verdict::Indexed || document.uses.empty()) return false;
  const auto matches = [&](const std::string& rule) { return matches_rule(rule, document); };
  if (std::ranges::any_of(dataset.exclude, matches)) return false;
  return dataset.include.empty() || std::ranges::any_of(dataset.include, matches);
}

}  // namespace millwright::curation
