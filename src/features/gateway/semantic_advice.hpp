// Which threshold the samples of the semantic cache speak for.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace millwright::gateway {

/// Two questions of which it is known whether one answer serves both.
struct JudgedPair {
  double likeness = 0;
  bool is_refused = false;  // by a guard: no threshold shares them
  bool is_right = false;
};

struct ThresholdPoint {
  int threshold_percent = 0;
  std::int64_t shared = 0, right = 0;  // pairs that would share an answer, and rightly
  double precision = 0;                // right by shared; 0 for none
  double precision_least = 0;          // of which 19 in 20 such samples come from at least this precision
  double recall = 0;                   // right by all pairs that one answer serves; 0 for none
};
[[nodiscard]] ThresholdPoint point_at(std::span<const JudgedPair> pairs, int threshold_percent);
/// At 50, 55, … 95, 97, 99 and 100 percent.
[[nodiscard]] std::vector<ThresholdPoint> threshold_curve(std::span<const JudgedPair> pairs);

struct ThresholdAdvice {
  std::optional<ThresholdPoint> point;  // the lowest threshold whose precision_least is the target's
  std::string because;                  // a sentence
};
[[nodiscard]] ThresholdAdvice advise_threshold(std::span<const JudgedPair> pairs, int precision_percent);

}  // namespace millwright::gateway
