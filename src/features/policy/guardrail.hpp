// What a detector is: a few cheap patterns that say "look here", and exact code that looks.
//
// The engine runs the patterns of all detectors as one Vectorscan database. At each hit it calls `inspect`, which reads
// the text around the hit and reports what it found. So a pattern may be loose (a run of digits, an "@"), must be
// short, and need not give the start of the match.
//
// A text may arrive in pieces and must give the same findings as the whole. Therefore a guardrail
//   - decides about a candidate from at most `look_behind_max` bytes before it, its own bytes, and what follows it;
//   - reports candidates of at most `candidate_bytes_max` bytes;
//   - says with `open_from` where the undecided end of a text begins.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "features/policy/policy.hpp"

namespace millwright::policy {

inline constexpr std::size_t look_behind_max = 160;
inline constexpr std::size_t candidate_bytes_max = 8'192;

/// A Hyperscan expression. "." matches newlines too; offsets are bytes. Detectors that share an expression share its
/// cost.
struct Anchor {
  std::string expression;
  bool is_caseless = false;
};

/// Anchor `anchor` of the guardrail matched, its last byte before `end`.
struct Hit {
  std::size_t end = 0;
  std::size_t anchor = 0;
};

/// A type of finding and what it means for the class of a text that holds it.
struct FindingType {
  std::string_view name;  // "secret.github"; lives as long as the process
  DataClass raise_to = DataClass::Public;
};

struct Candidate {
  std::string_view type;  // a FindingType::name
  std::size_t start = 0;
  std::size_t end = 0;
  double score = 0;  // 0…1, compared with `guard.score_min`
};
using Candidates = std::vector<Candidate>;

/// One family of detectors. Immutable after construction, called from many threads, never throws, no I/O.
class Guardrail {
 public:
  virtual ~Guardrail() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Everything `inspect` may report.
  [[nodiscard]] virtual std::span<const FindingType> types() const = 0;
  [[nodiscard]] virtual std::span<const Anchor> anchors() const = 0;
  [[nodiscard]] virtual bool applies_to(Direction) const { return true; }
  /// Reads the text around a hit. Later hits of the same anchor that end at or before the returned offset are skipped
  /// (0: skip none).
  [[nodiscard]] virtual std::size_t inspect(std::string_view text, Hit hit, Candidates& found) const = 0;
  /// When more text may follow: every candidate that starts before the returned offset is decided by the text so far.
  /// At most `candidate_bytes_max` bytes before the end; the end itself when nothing is open.
  [[nodiscard]] virtual std::size_t open_from(std::string_view text) const = 0;
};
using Guardrails = std::vector<std::unique_ptr<Guardrail>>;

}  // namespace millwright::policy
