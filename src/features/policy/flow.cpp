#include "features/policy/flow.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"

namespace millwright::policy {
namespace {

/// Why a target was not met, and what would meet it. Empty `why`: it was met.
struct Shortfall {
  std::string why, fix;
};

bool matches_any(const std::vector<std::string>& globs, std::string_view name) {
  return globs.empty() || std::ranges::any_of(globs, [name](const auto& glob) { return matches_glob(glob, name); });
}

std::string_view location_of(const ProviderFacts& provider) {
  return provider.location.empty() ? std::string_view("outside") : std::string_view(provider.location);
}

/// "eu" covers "eu" and "eu-central".
bool covers_region(std::string_view wanted, std::string_view region) {
  return region == wanted ||
         (region.size() > wanted.size() && region.starts_with(wanted) && region[wanted.size()] == '-');
}

Shortfall check_commitments(const FlowTarget& target, const ProviderFacts& provider, Timestamp now) {
  if (target.training_use.empty() && !target.retention_days_max) return {};
  const Commitments& facts = provider.commitments;
  if (facts.expires && *facts.expires <= now) {
    return {fmt::format("the commitments of provider \"{}\" expired on {}", provider.name,
                        render_time(*facts.expires).substr(0, 10)),
            fmt::format("renew them and record the new date in providers[{}].commitments.expires", provider.name)};
  }
  if (!target.training_use.empty() && facts.training_use != target.training_use) {
    return {fmt::format("provider \"{}\" records training_use: {}, not {}", provider.name,
                        facts.training_use.empty() ? "unknown" : facts.training_use, target.training_use),
            fmt::format("obtain and record training_use: {} in providers[{}].commitments", target.training_use,
                        provider.name)};
  }
  if (target.retention_days_max && (!facts.retention_days || *facts.retention_days > *target.retention_days_max)) {
    const std::string kept = facts.retention_days ? fmt::format("{}", *facts.retention_days) : "unknown";
    return {fmt::format("provider \"{}\" records retention_days: {}, above {}", provider.name, kept,
                        *target.retention_days_max),
            fmt::format("obtain and record retention_days: {} in providers[{}].commitments", *target.retention_days_max,
                        provider.name)};
  }
  return {};
}

Shortfall check_target(const FlowTarget& target, const ProviderFacts& provider, Timestamp now) {
  if (!target.locations.empty() &&
      std::ranges::find(target.locations, location_of(provider)) == target.locations.end()) {
    return {fmt::format("provider \"{}\" is at location {}, not {}", provider.name, location_of(provider),
                        fmt::join(target.locations, " or ")),
            fmt::format("use a provider with location: {}", target.locations.front())};
  }
  if (!target.providers.empty() && !matches_any(target.providers, provider.name)) {
    return {fmt::format("provider \"{}\" is not among {}", provider.name, fmt::join(target.providers, ", ")),
            fmt::format("use one of: {}", fmt::join(target.providers, ", "))};
  }
  const bool in_region = target.regions.empty() || std::ranges::any_of(target.regions, [&provider](const auto& region) {
                           return covers_region(region, provider.region);
                         });
  if (!in_region) {
    return {fmt::format("provider \"{}\" is in region {}, not {}", provider.name,
                        provider.region.empty() ? "unknown" : provider.region, fmt::join(target.regions, " or ")),
            fmt::format("use a provider with region: {}", target.regions.front())};
  }
  return check_commitments(target, provider, now);
}

bool is_about(const FlowRule& rule, const FlowQuery& query) {
  return query.data_class >= rule.class_min && query.data_class <= rule.class_max && query.tier >= rule.tier_min &&
         query.tier <= rule.tier_max && matches_any(rule.use_cases, query.use_case);
}

/// The shortfall of the alternative closest to what the provider is: the last one, which by habit is the widest.
Shortfall check_rule(const FlowRule& rule, const ProviderFacts& provider, Timestamp now) {
  Shortfall shortfall;
  for (const FlowTarget& target : rule.allow_to) {
    shortfall = check_target(target, provider, now);
    if (shortfall.why.empty()) return {};
  }
  return shortfall;
}

/// The exception that sets `rule` aside for this query, or one that would if it had not expired.
struct Waiver {
  const FlowException* in_force = nullptr;
  const FlowException* expired = nullptr;
};
Waiver find_waiver(const FlowPolicy& policy, const FlowRule& rule, const FlowQuery& query, Timestamp now) {
  Waiver waiver;
  for (const FlowException& exception : policy.exceptions) {
    if (exception.waives != rule.id || !matches_any(exception.use_cases, query.use_case) ||
        !matches_any(exception.providers, query.provider->name)) {
      continue;
    }
    if (query.tier == RiskTier::T3 && exception.expires - exception.created > exception_days_max_t3) continue;
    if (exception.created <= now && now < exception.expires)
      waiver.in_force = &exception;
    else if (exception.expires <= now)
      waiver.expired = &exception;
  }
  return waiver;
}

FlowVerdict deny(std::string rule, std::string reason, std::string fix) {
  return {false, std::move(rule), std::move(reason), std::move(fix)};
}

std::optional<FlowVerdict> check_region(const FlowQuery& query) {
  const ProviderFacts& provider = *query.provider;
  if (query.region.empty() || provider.location == "builtin" || covers_region(query.region, provider.region)) {
    return std::nullopt;
  }
  return deny("region-demanded",
              fmt::format("the caller demands region {}, and provider \"{}\" is in region {}", query.region,
                          provider.name, provider.region.empty() ? "unknown" : provider.region),
              fmt::format("route to a provider with region: {}, or do not demand one", query.region));
}

class Flows final : public Policy {
 public:
  Flows(FlowPolicy policy, Digest digest) : policy_(std::move(policy)), digest_(digest) {}
  [[nodiscard]] FlowVerdict decide(const FlowQuery& query, Timestamp now) const override {
    return decide_flow(policy_, query, now);
  }
  [[nodiscard]] const Digest& digest() const override { return digest_; }

 private:
  FlowPolicy policy_;
  Digest digest_;
};

}  // namespace

FlowPolicy builtin_flows() {
  FlowTarget inside{.locations = {"builtin", "on_prem"}};
  FlowTarget committed{.training_use = "never", .retention_days_max = 0};
  FlowPolicy policy;
  policy.rules = {
      {.id = "builtin.open",
       .class_max = DataClass::Internal,
       .why = "public and internal data may go to any provider"},
      {.id = "builtin.confidential",
       .class_min = DataClass::Confidential,
       .class_max = DataClass::Confidential,
       .allow_to = {inside, committed},
       .why = "confidential data needs a provider that records training_use: never and retention_days: 0"},
      {.id = "builtin.restricted",
       .class_min = DataClass::Restricted,
       .allow_to = {inside},
       .why = "restricted data stays on the premises"},
  };
  return policy;
}

FlowVerdict decide_flow(const FlowPolicy& policy, const FlowQuery& query, Timestamp now) {
  if (query.provider == nullptr) {
    return deny("provider-unknown", "nothing is known about the provider", "configure the provider under providers");
  }
  if (auto refused = check_region(query)) return std::move(*refused);
  const FlowRule* met = nullptr;
  std::string waived;
  for (const FlowRule& rule : policy.rules) {
    if (!is_about(rule, query)) continue;
    Shortfall shortfall = check_rule(rule, *query.provider, now);
    if (!shortfall.why.empty()) {
      const Waiver waiver = find_waiver(policy, rule, query, now);
      if (waiver.in_force == nullptr) {
        std::string reason =
            rule.why.empty() ? std::move(shortfall.why) : fmt::format("{}; {}", rule.why, shortfall.why);
        if (waiver.expired != nullptr) {
          reason += fmt::format("; exception {} expired on {}", waiver.expired->id,
                                render_time(waiver.expired->expires).substr(0, 10));
        }
        return deny(rule.id, std::move(reason),
                    fmt::format("{}; or request an exception to rule {}", shortfall.fix, rule.id));
      }
      waived += fmt::format("; waived by exception {} of {} until {}", waiver.in_force->id, waiver.in_force->owner,
                            render_time(waiver.in_force->expires).substr(0, 10));
    }
    met = &rule;
  }
  if (met == nullptr) {
    return deny("default-deny",
                fmt::format("no rule allows {} data of use case \"{}\" (tier {}) to leave",
                            class_name(query.data_class), query.use_case, tier_name(query.tier)),
                "add a rule to policy.flows that is about this class and tier");
  }
  return {true, met->id,
          fmt::format("{} data to provider \"{}\" ({}{}{}) meets rule {}{}", class_name(query.data_class),
                      query.provider->name, location_of(*query.provider), query.provider->region.empty() ? "" : ", ",
                      query.provider->region, met->id, waived),
          ""};
}

std::unique_ptr<Policy> make_flow_policy(FlowPolicy policy, Digest digest) {
  return std::make_unique<Flows>(std::move(policy), digest);
}

}  // namespace millwright::policy
