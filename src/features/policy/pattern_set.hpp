// One Vectorscan database of many short patterns: says which pattern ended where.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/error.hpp"
#include "features/policy/guardrail.hpp"

namespace millwright::policy {

/// Compiled patterns. Immutable and thread-safe: every thread borrows scratch space of its own from a small pool.
class PatternSet {
 public:
  /// The number of a pattern is its place in `anchors`. InvalidConfig names the pattern that does not compile.
  [[nodiscard]] static Result<std::unique_ptr<PatternSet>> compile(std::span<const Anchor> anchors);
  virtual ~PatternSet() = default;
  /// Called once a hit, which may be once a byte: a plain function, with what it was given to work on.
  using Report = void (*)(void* context, std::size_t pattern, std::size_t end);
  /// Reports hits in order of their end; texts above 4 GiB are a programmer's error.
  virtual void scan(std::string_view text, Report report, void* context) const = 0;
};

}  // namespace millwright::policy
