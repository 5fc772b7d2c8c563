// The names of verdicts, as reports, rows and commands spell them.
#include "features/ingestion/ingestion.hpp"

namespace millwright::ingestion {

namespace {
constexpr std::array<std::string_view, 7> names{"indexed", "unchanged", "duplicate", "stale",
                                                "quarantined", "rejected", "deleted"};
}  // namespace

std::string_view verdict_name(Verdict verdict) { return names[static_cast<std::size_t>(verdict)]; }

std::optional<Verdict> find_verdict(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Verdict>(i);
  }
  return std::nullopt;
}

}  // namespace millwright::ingestion
