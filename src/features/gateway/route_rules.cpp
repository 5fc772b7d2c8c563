// Whether a rule of a route holds for a request.
#include <algorithm>

#include "base/text.hpp"
#include "features/gateway/route_planner.hpp"

namespace millwright::gateway {
namespace {

bool lists(const std::vector<std::string>& list, std::string_view value) {
  return list.empty() || std::ranges::find(list, value) != list.end();
}

bool is_in_tier(const std::vector<std::string>& tiers, const RequestTraits& traits) {
  return tiers.empty() || std::ranges::any_of(tiers, [&](std::string_view tier) {
           if (tier.starts_with("team/")) return tier.substr(5) == traits.team;
           if (tier.starts_with("key/")) return tier.substr(4) == traits.key_name;
           return std::ranges::find(traits.groups, tier) != traits.groups.end();
         });
}

bool has_segment(std::string_view segment, const ValuePattern& wanted) {
  return std::ranges::any_of(split(segment, ';'), [&](std::string_view part) {
    const auto equals = part.find('=');
    return equals != std::string_view::npos && trimmed(part.substr(0, equals)) == wanted.name &&
           matches_value(wanted.pattern, trimmed(part.substr(equals + 1)));
  });
}

bool has_header(const RequestTraits& traits, const ValuePattern& wanted) {
  return std::ranges::any_of(traits.headers, [&](const auto& header) {
    return header.first == wanted.name && matches_value(wanted.pattern, header.second);
  });
}

}  // namespace

bool matches_value(std::string_view pattern, std::string_view value) {
  // The last '*' takes one more byte whenever what follows it does not fit: linear for one star, bounded for many.
  std::size_t p = 0, v = 0, star = std::string_view::npos, resume = 0;
  while (v < value.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = v;
    } else if (p < pattern.size() && pattern[p] == value[v]) {
      ++p;
      ++v;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      v = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool holds(const RouteCondition& when, const RequestTraits& traits) {
  if (!lists(when.use_cases, traits.use_case) || !lists(when.tasks, traits.task)) return false;
  if (!lists(when.languages, traits.language) || !is_in_tier(when.user_tiers, traits)) return false;
  const auto& tiers = when.risk_tiers;
  if (!tiers.empty() && std::ranges::find(tiers, traits.risk_tier) == tiers.end()) return false;
  const auto& classes = when.data_classes;
  if (!classes.empty() && std::ranges::find(classes, traits.data_class) == classes.end()) return false;
  if (when.prompt_tokens_min && traits.prompt_tokens < *when.prompt_tokens_min) return false;
  if (when.prompt_tokens_max && traits.prompt_tokens > *when.prompt_tokens_max) return false;
  if (!traits.needs.contains(when.needs)) return false;
  return std::ranges::all_of(when.segments, [&](const auto& each) { return has_segment(traits.segment, each); }) &&
         std::ranges::all_of(when.headers, [&](const auto& each) { return has_header(traits, each); });
}

}  // namespace millwright::gateway
