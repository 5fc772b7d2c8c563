// Finds the row of a path: exact paths by hash, patterns by segments. A literal segment wins over a parameter. A last
// parameter "{name...}" stands for one segment or more, and is not among the parameters found.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "api/route.hpp"

namespace millwright::api {

/// Immutable after construction. Refers to `routes` by index.
class PathTable {
 public:
  /// Two rows with the same verb and pattern are a bug and stop the process.
  explicit PathTable(const Routes& routes);

  struct Match {
    std::optional<std::size_t> route;                              // absent: no row for this verb
    std::map<std::string, std::string, std::less<>> parameters;
    std::string allow;                                             // verbs this path has, as for the header Allow
  };
  /// HEAD finds the row of GET. No `allow`: the path does not exist. `path` is already percent-decoded.
  [[nodiscard]] Match find(io::http::Method method, std::string_view path) const;

 private:
  struct Pattern {
    std::vector<std::string> segments;      // "{name}" marks a parameter
    std::vector<std::size_t> routes;        // one a verb
    std::size_t parameters = 0;
  };
  void note(Match& match, const std::vector<std::size_t>& rows, io::http::Method method) const;

  const Routes& routes_;
  std::unordered_map<std::string, std::vector<std::size_t>> exact_;
  std::vector<Pattern> patterns_;           // fewest parameters first
};

}  // namespace millwright::api
