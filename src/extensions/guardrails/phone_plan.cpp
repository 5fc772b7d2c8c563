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

}  // namespace

struct PhonePlan::State {
  std::vector<Pattern> patterns = std::vector<Pattern>(phone_regions().size());

  PlanFit fit(std::size_t place, std::string_view digits) {
    const PhoneRegion& region = phone_regions()[place];
    if (digits.size() > 20 || (region.lengths >> digits.size() & 1u) == 0) return PlanFit::None;
    return patterns[place].matches(region, digits) ? PlanFit::Pattern : PlanFit::Length;
  }
};

PhonePlan::PhonePlan() : state_(std::make_unique<State>()) {}
PhonePlan::~PhonePlan() = default;

PlanFit PhonePlan::international(std::string_view digits) const {
  PlanFit best = PlanFit::None;
  const auto regions = phone_regions();
  for (std::size_t place = 0; place < regions.size() && best != PlanFit::Pattern; ++place) {
    if (!digits.starts_with(regions[place].code)) continue;
    best = std::max(best, state_->fit(place, digits.substr(regions[place].code.size())));
  }
  return best;
}

PlanFit PhonePlan::national(std::string_view digits) const {
  PlanFit best = PlanFit::None;
  const auto regions = phone_regions();
  for (std::size_t place = 0; place < regions.size() && best != PlanFit::Pattern; ++place) {
    const PhoneRegion& region = regions[place];
    if (std::ranges::find(home_regions, region.name) == home_regions.end()) continue;
    const bool has_trunk = region.trunk == "0";
    if (has_trunk != digits.starts_with('0') && region.name != "IT") continue;
    best = std::max(best, state_->fit(place, digits.substr(has_trunk ? 1 : 0)));
  }
  return best;
}

}  // namespace millwright::extensions
