#include "extensions/guardrails/phone_plan.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <string>
#include <vector>

#include <re2/re2.h>

#include "extensions/guardrails/phone_regions.hpp"

namespace millwright::extensions {
namespace {

/// Where a number without calling code is looked up: countries whose national numbers begin with a trunk prefix or have
/// one length, so that a fit says something.
constexpr std::array<std::string_view, 26> home_regions{"US", "GB", "DE", "FR", "IT", "ES", "NL", "BE", "CH",
                                                        "AT", "SE", "NO", "DK", "FI", "PT", "IE", "PL", "CZ",
                                                        "AU", "NZ", "IN", "JP", "BR", "IL", "ZA", "TR"};

struct Pattern {
  std::once_flag once;
  std::unique_ptr<re2::RE2> compiled;

  bool matches(const PhoneRegion& region, std::string_view digits) {
    std::call_once(once, [this, &region] {
      re2::RE2::Options options;
      options.set_max_mem(1 << 18);
      options.set_log_errors(false);
      compiled = std::make_unique<re2::RE2>(std::string(region.pattern), options);
    });
    return re2::RE2::FullMatch(re2::StringPiece(digits.data(), digits.size()), *compiled);
  }
};

/// A calling code as an index: "1" → 1, "49" → 49, "352" → 352.
std::size_t code_of(std::string_view digits) {
  std::size_t code = 0;
  for (const char c : digits) code = code * 10 + static_cast<std::size_t>(c - '0');
  return code;
}

}  // namespace

struct PhonePlan::State {
  std::vector<Pattern> patterns = std::vector<Pattern>(phone_regions().size());
  std::array<std::vector<std::size_t>, 1'000> by_code;  // places in phone_regions()
  std::vector<std::size_t> with_trunk, without_trunk;   // of home regions

  State() {
    const auto regions = phone_regions();
    for (std::size_t place = 0; place < regions.size(); ++place) {
      by_code.at(code_of(regions[place].code)).push_back(place);
      if (std::ranges::find(home_regions, regions[place].name) == home_regions.end()) continue;
      (regions[place].trunk == "0" ? with_trunk : without_trunk).push_back(place);
    }
  }

  PlanFit fit(std::size_t place, std::string_view digits) {
    const PhoneRegion& region = phone_regions()[place];
    if (digits.size() > 20 || (region.lengths >> digits.size() & 1u) == 0) return PlanFit::None;
    return patterns[place].matches(region, digits) ? PlanFit::Pattern : PlanFit::Length;
  }
  PlanFit best_fit(const std::vector<std::size_t>& places, std::string_view digits) {
    PlanFit best = PlanFit::None;
    for (const std::size_t place : places) {
      best = std::max(best, fit(place, digits));
      if (best == PlanFit::Pattern) break;
    }
    return best;
  }
};

PhonePlan::PhonePlan() : state_(std::make_unique<State>()) {}
PhonePlan::~PhonePlan() = default;

PlanFit PhonePlan::international(std::string_view digits) const {
  PlanFit best = PlanFit::None;
  for (std::size_t length = 1; length <= 3 && length < digits.size() && best != PlanFit::Pattern; ++length) {
    const auto& places = state_->by_code[code_of(digits.substr(0, length))];
    if (digits[0] != '0') best = std::max(best, state_->best_fit(places, digits.substr(length)));
  }
  return best;
}

PlanFit PhonePlan::national(std::string_view digits) const {
  if (digits.starts_with('0')) {
    const PlanFit trunk = state_->best_fit(state_->with_trunk, digits.substr(1));
    // Italian numbers keep their zero.
    return trunk == PlanFit::Pattern ? trunk : std::max(trunk, state_->best_fit(state_->without_trunk, digits));
  }
  return state_->best_fit(state_->without_trunk, digits);
}

}  // namespace millwright::extensions
