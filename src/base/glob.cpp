// Glob matching of text.hpp. All positions of the path that the pattern read so far can end at are followed at once, so
// that no pattern, however hostile, costs more than its length times the path's.
#include <vector>

#include "base/text.hpp"

namespace millwright {
namespace {

using Positions = std::vector<bool>;   // index i: the pattern so far can match the first i bytes

std::size_t character_length(unsigned char lead) {
  return lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/// '*' (within a segment) or "**" (anywhere): each reachable position reaches those after it.
Positions after_star(const Positions& reached, std::string_view path, bool crosses_slash) {
  Positions next = reached;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (next[i] && (crosses_slash || path[i] != '/')) next[i + 1] = true;
  }
  return next;
}

/// "**/" at the start of a segment: any number of whole directories, also none.
Positions after_directories(const Positions& reached, std::string_view path) {
  Positions next = reached;
  bool is_below = false;
  for (std::size_t i = 0; i < path.size(); ++i) {
    is_below = is_below || reached[i];
    if (is_below && path[i] == '/') next[i + 1] = true;
  }
  return next;
}

Positions after_character(const Positions& reached, std::string_view path, char wanted) {
  Positions next(reached.size());
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (!reached[i]) continue;
    if (wanted != '?') {
      if (path[i] == wanted) next[i + 1] = true;
    } else if (path[i] != '/') {
      next[std::min(path.size(), i + character_length(static_cast<unsigned char>(path[i])))] = true;
    }
  }
  return next;
}

}  // namespace

bool matches_glob(std::string_view pattern, std::string_view path) {
  Positions reached(path.size() + 1);
  reached[0] = true;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool is_double = pattern.substr(i, 2) == "**";
    const bool is_segment_start = i == 0 || pattern[i - 1] == '/';
    if (is_double && is_segment_start && pattern.substr(i, 3) == "**/") {
      reached = after_directories(reached, path);
      i += 2;
    } else if (pattern[i] == '*') {
      reached = after_star(reached, path, is_double);
      if (is_double) ++i;
    } else {
      reached = after_character(reached, path, pattern[i]);
    }
  }
  return reached[path.size()];
}

}  // namespace millwright
