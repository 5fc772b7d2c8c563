#include "api/path_table.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace millwright::api {

namespace {

constexpr std::size_t tail_weight = 1'000;

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  for (const auto segment : split(path, '/')) segments.emplace_back(segment);
  return segments;
}

bool is_tail(std::string_view segment) { return is_parameter(segment) && segment.ends_with("...}"); }

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  const bool is_longer = path.size() > pattern.size() && is_tail(pattern.back());
  if (pattern.size() != path.size() && !is_longer) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (is_tail(pattern[i])) return true;
    if (is_parameter(pattern[i]) ? path[i].empty() : pattern[i] != path[i]) return false;
  }
  return true;
}

}  // namespace

PathTable::PathTable(const Routes& routes) : routes_(routes) {
  for (std::size_t i = 0; i < routes.size(); ++i) {
    const auto& route = routes[i];
    std::vector<std::size_t>* rows = nullptr;
    if (route.pattern.find('{') == std::string::npos) {
      rows = &exact_[route.pattern];
    } else {
      const auto segments = segments_of(route.pattern);
      auto found = std::ranges::find(patterns_, segments, &Pattern::segments);
      if (found == patterns_.end()) {
        auto parameters = static_cast<std::size_t>(std::ranges::count_if(segments, is_parameter));
        if (is_tail(segments.back())) parameters += tail_weight;  // anything else goes before it
        patterns_.push_back({segments, {}, parameters});
        found = std::prev(patterns_.end());
      }
      rows = &found->routes;
    }
    for (const auto other : *rows) ensure(routes[other].method != route.method, "two rows for one verb and path");
    rows->push_back(i);
  }
  std::ranges::sort(patterns_, {}, &Pattern::parameters);
}

void PathTable::note(Match& match, const std::vector<std::size_t>& rows, io::http::Method method) const {
  const auto wanted = method == io::http::Method::Head ? io::http::Method::Get : method;
  for (const auto row : rows) {
    if (routes_[row].method == wanted) match.route = row;
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += io::http::method_name(routes_[row].method);
    if (routes_[row].method == io::http::Method::Get) match.allow += ", HEAD";
  }
}

PathTable::Match PathTable::find(io::http::Method method, std::string_view path) const {
  Match match;
  if (const auto exact = exact_.find(std::string(path)); exact != exact_.end()) {
    note(match, exact->second, method);
    return match;
  }
  const auto segments = segments_of(path);
  for (const auto& pattern : patterns_) {
    if (!fits(pattern.segments, segments)) continue;
    note(match, pattern.routes, method);
    for (std::size_t i = 0; i < pattern.segments.size(); ++i) {
      const auto& name = pattern.segments[i];
      if (!is_tail(name) && is_parameter(name)) match.parameters.emplace(name.substr(1, name.size() - 2), segments[i]);
    }
    return match;
  }
  return match;
}

}  // namespace millwright::api
