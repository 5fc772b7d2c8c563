// Says how much a string of digits looks like a telephone number of some numbering plan.
#pragma once

#include <memory>
#include <string_view>

namespace millwright::extensions {

enum class PlanFit : unsigned char {
  None,     // no such calling code, or never of this length
  Length,   // the plan has numbers of this length
  Pattern,  // and they begin like this one
};

/// Patterns are compiled when first needed. Thread-safe.
class PhonePlan {
 public:
  PhonePlan();
  ~PhonePlan();
  /// Digits after "+".
  [[nodiscard]] PlanFit international(std::string_view digits) const;
  /// Digits as dialled at home, trunk prefix included, in one of the larger countries.
  [[nodiscard]] PlanFit national(std::string_view digits) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millwright::extensions
