#include "base/text.hpp"

#include <algorithm>

namespace millwright {
namespace {

constexpr char lower_ascii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

constexpr bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

/// Edits that turn `a` into `b`: insertions, deletions, substitutions and swaps of neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, substitution});
      const bool is_swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (is_swap) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

/// How many edits still look like a slip, for a name of this length.
constexpr std::size_t edits_allowed(std::size_t length) { return length <= 2 ? 0 : length <= 5 ? 1 : length <= 9 ? 2 : 3; }

}  // namespace

std::string to_lower_ascii(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), lower_ascii);
  return lower;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower_ascii, lower_ascii);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t from = 0;
  for (auto at = text.find(separator); at != std::string_view::npos; at = text.find(separator, from)) {
    parts.push_back(text.substr(from, at - from));
    from = at + 1;
  }
  parts.push_back(text.substr(from));
  return parts;
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  std::string text;
  for (const auto& part : parts) {
    if (&part != parts.data()) text += separator;
    text += part;
  }
  return text;
}

std::string collapsed_whitespace(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  bool is_gap = false;
  for (const char c : text) {
    if (is_space(c)) {
      is_gap = !result.empty();
      continue;
    }
    if (is_gap) result += ' ';
    is_gap = false;
    result += c;
  }
  return result;
}

std::optional<std::string> nearest_name(std::string_view name, std::span<const std::string_view> candidates) {
  constexpr std::size_t length_max = 128;
  if (name.empty() || name.size() > length_max) return std::nullopt;
  const auto wanted = to_lower_ascii(name);
  std::optional<std::string> nearest;
  std::size_t distance_min = SIZE_MAX;
  for (const auto candidate : candidates) {
    if (candidate.size() > length_max) continue;
    const auto distance = edit_distance(wanted, to_lower_ascii(candidate));
    if (distance >= distance_min || distance > edits_allowed(std::max(name.size(), candidate.size()))) continue;
    distance_min = distance;
    nearest = std::string(candidate);
  }
  return nearest;
}

}  // namespace millwright
