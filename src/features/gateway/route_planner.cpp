#include "features/gateway/route_planner.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace millwright::gateway {
namespace {

constexpr std::size_t hops_max = 16;  // the configuration has no circles; a test's may
constexpr double unknown_ms = 1e9;    // busy, and nobody knows how fast: after all that are known

using Models = std::vector<std::uint32_t>;

/// The targets in force, and what else their order depends on.
struct Pool {
  const std::vector<RouteTarget>& targets;
  const std::vector<std::string>& fallback;
  Strategy strategy;
};

struct Scored {
  std::uint32_t model = 0;
  double score = 0;  // less is better
  bool is_down = false;
};

std::optional<std::uint32_t> index_of(const GatewayConfig& config, std::string_view name) {
  for (std::size_t i = 0; i < config.models.size(); ++i) {
    if (config.models[i].name == name) return static_cast<std::uint32_t>(i);
  }
  return std::nullopt;
}

void add(Models& models, std::optional<std::uint32_t> model) {
  if (model && std::ranges::find(models, *model) == models.end()) models.push_back(*model);
}

std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
  value = (value ^ value >> 27) * 0x94d049bb133111ebu;
  return value ^ value >> 31;
}

std::uint64_t hash_of(std::string_view text, std::uint64_t seed) {
  std::uint64_t hash = 0xcbf29ce484222325u ^ mixed(seed + 0x9e3779b97f4a7c15u);
  for (const char each : text) hash = (hash ^ static_cast<unsigned char>(each)) * 0x100000001b3u;
  return mixed(hash);
}

/// Where a draw by weight falls.
std::size_t drawn(const std::vector<RouteTarget>& targets, std::uint64_t draw) {
  const auto total = std::accumulate(targets.begin(), targets.end(), std::int64_t{0},
                                     [](std::int64_t sum, const RouteTarget& target) { return sum + target.weight; });
  auto left = static_cast<std::int64_t>(draw % static_cast<std::uint64_t>(std::max<std::int64_t>(total, 1)));
  for (std::size_t i = 0; i < targets.size(); ++i) {
    left -= targets[i].weight;
    if (left < 0) return i;
  }
  return 0;
}

class Planning {
 public:
  Planning(const ModelStates& states, const RequestTraits& traits, std::uint64_t draw)
      : states_(states), traits_(traits), draw_(draw) {}

  RoutePlan run(const RouteConfig& start) {
    const auto pool = follow_rules(start);
    find_state();
    add_overflow();
    if (plan_.route->affinity && !affinity_key().empty())
      add_by_affinity(pool);
    else if (pool.strategy == Strategy::Weighted || pool.targets.size() == 1)
      add_by_weight(pool);
    else if (pool.strategy == Strategy::Priority)
      add_in_order(pool);
    else
      add_by_score(pool);
    for (const auto& name : pool.fallback) add(plan_.models, index_of(*states_.config, name));
    std::erase_if(plan_.models, [this](std::uint32_t model) { return is_unable(model); });
    return std::move(plan_);
  }

 private:
  void decide(std::string_view verdict, std::string rule, std::initializer_list<telemetry::EvidenceItem> evidence) {
    plan_.decisions.push_back({"route", std::string(verdict), std::move(rule), telemetry::render_evidence(evidence)});
  }
  [[nodiscard]] std::string rule_id() const { return "route:" + plan_.route->name; }

  Pool follow_rules(const RouteConfig& start) {
    plan_.route = &start;
    for (std::size_t hops = 0; hops < hops_max; ++hops) {
      const auto& route = *plan_.route;
      const auto rule =
          std::ranges::find_if(route.rules, [this](const RouteRule& each) { return holds(each.when, traits_); });
      if (rule == route.rules.end()) {
        if (!route.rules.empty()) decide("default", rule_id(), {{"rules", route.rules.size()}});
        break;
      }
      decide("match", fmt::format("{}/{}", rule_id(), rule->name),
             {{"goes_to", rule->route.empty() ? "its targets" : rule->route}});
      if (rule->route.empty()) return {rule->targets, rule->fallback, rule->strategy.value_or(route.strategy)};
      const auto& routes = states_.config->routes;
      const auto next = std::ranges::find(routes, rule->route, &RouteConfig::name);
      if (next == routes.end()) break;
      plan_.route = &*next;
    }
    return {plan_.route->targets, plan_.route->fallback, plan_.route->strategy};
  }

  /// A model called by its own name has a route that is in no list, and no state.
  void find_state() {
    if (states_.board == nullptr) return;
    const auto& routes = states_.config->routes;
    const auto found = std::ranges::find_if(routes, [this](const RouteConfig& each) { return &each == plan_.route; });
    const auto at = static_cast<std::size_t>(found - routes.begin());
    if (at < std::min(routes.size(), states_.board->routes.size())) plan_.state = states_.board->routes[at].get();
  }

  void add_overflow() {
    const auto& overflow = plan_.route->overflow;
    if (!overflow || plan_.state == nullptr) return;
    const auto in_flight = plan_.state->in_flight.load(std::memory_order_relaxed);
    const auto spent = overflow->spend ? plan_.state->spend.spent(overflow->window, states_.now) : Money();
    const bool is_full = overflow->concurrent && in_flight >= *overflow->concurrent;
    const bool is_spent = overflow->spend && spent >= *overflow->spend;
    if (!is_full && !is_spent) return;
    add(plan_.models, index_of(*states_.config, overflow->to));
    plan_.has_overflowed = true;
    decide("overflow", rule_id(),
           {{"model", overflow->to},
            {"because", is_full ? "concurrent" : "spend"},
            {"in_flight", in_flight},
            {"spent_usd", render_decimal(spent)}});
  }

  void add_in_order(const Pool& pool) {
    for (const auto& target : pool.targets) {
      if (target.weight > 0) add(plan_.models, index_of(*states_.config, target.model));
    }
  }
  void add_by_weight(const Pool& pool) {
    add(plan_.models, index_of(*states_.config, pool.targets[drawn(pool.targets, draw_)].model));
    add_in_order(pool);
  }

  [[nodiscard]] std::string_view affinity_key() const {
    switch (plan_.route->affinity->by) {
      case AffinityBy::User: return traits_.user;
      case AffinityBy::Key: return traits_.key;
      case AffinityBy::Session: break;
    }
    return traits_.session;
  }

  /// Rendezvous: each model draws by itself, so that one that comes or goes moves only its own callers.
  void add_by_affinity(const Pool& pool) {
    const auto key = affinity_key();
    const auto ttl = plan_.route->affinity->ttl.count();
    const auto now = to_micros(states_.now) / 1000;
    const auto term =
        ttl == 0 ? 0 : (now + static_cast<std::int64_t>(hash_of(key, 1) % static_cast<std::uint64_t>(ttl))) / ttl;
    std::vector<Scored> scored;
    for (const auto& target : pool.targets) {
      const auto model = target.weight > 0 ? index_of(*states_.config, target.model) : std::nullopt;
      if (!model) continue;
      const auto hash = hash_of(target.model, hash_of(key, static_cast<std::uint64_t>(term)));
      const auto unit = (static_cast<double>(hash >> 11) + 0.5) / static_cast<double>(1ull << 53);
      scored.push_back({*model, -std::log(unit) / static_cast<double>(target.weight), is_down(*model)});
    }
    take(scored);
    decide("affinity", rule_id(),
           {{"model", plan_.models.empty() ? "" : name_of(plan_.models.front())}, {"models", scored.size()}});
  }

  void add_by_score(const Pool& pool) {
    std::vector<Scored> scored;
    // Among equals the draw decides, so that a quiet system spreads its calls.
    const auto first = drawn(pool.targets, draw_);
    for (std::size_t i = 0; i < pool.targets.size(); ++i) {
      const auto& target = pool.targets[(first + i) % pool.targets.size()];
      const auto model = target.weight > 0 ? index_of(*states_.config, target.model) : std::nullopt;
      if (model) scored.push_back({*model, score(pool.strategy, *model, target.weight), is_down(*model)});
    }
    take(scored);
    json::object scores{{"strategy", strategy_name(pool.strategy)}};
    for (const auto& each : scored) {
      scores[name_of(each.model)] =
          each.is_down ? json::value("down") : json::value(std::round(each.score * 1e6) / 1e6);
    }
    plan_.decisions.push_back({"route", "order", rule_id(), json::serialize(scores)});
  }

  void take(std::vector<Scored>& scored) {
    std::ranges::stable_sort(scored, [](const Scored& a, const Scored& b) {
      return a.is_down != b.is_down ? b.is_down : a.score < b.score;
    });
    for (const auto& each : scored) add(plan_.models, each.model);
  }

  [[nodiscard]] double score(Strategy strategy, std::uint32_t model, std::int64_t weight) const {
    if (strategy == Strategy::Cost) {
      const auto& price = states_.prices->find(name_of(model), states_.now);
      return static_cast<double>(expected_cost(price, traits_, states_.now).nano()) / 1e9;
    }
    if (states_.board == nullptr) return 0;
    const auto& state = *states_.board->models[model];
    const auto in_flight = static_cast<double>(state.in_flight());
    if (strategy == Strategy::LeastBusy) return in_flight / static_cast<double>(weight);
    const auto expected = state.expected_ms(traits_.is_streamed ? Wait::FirstToken : Wait::Whole, states_.now_ms);
    return expected == 0 ? in_flight * unknown_ms : expected * (in_flight + 1);
  }

  [[nodiscard]] bool is_down(std::uint32_t model) const {
    return states_.breakers != nullptr && states_.breakers->is_open(name_of(model), states_.now);
  }
  [[nodiscard]] const std::string& name_of(std::uint32_t model) const { return states_.config->models[model].name; }

  bool is_unable(std::uint32_t index) {
    const auto& model = states_.config->models[index];
    auto asked = traits_.needs;
    if (model.capabilities) {
      Capabilities can = *model.capabilities;
      can.add(Capability::LongContext);  // a matter of its context
      const auto lacking = asked.without(can);
      if (!lacking.is_empty()) {
        plan_.lacking = plan_.lacking.joined(lacking);
        decide("skip", rule_id(), {{"model", model.name}, {"lacks", lacking.text()}});
        return true;
      }
    }
    const auto& encoding = model.tokeniser.encoding;
    const auto counted = encoding ? traits_.counted.at(static_cast<std::size_t>(*encoding)) : std::nullopt;
    const auto least = counted.value_or(traits_.prompt_tokens_least);
    if (least <= model.context_tokens) return false;
    plan_.context_max = std::max(plan_.context_max, model.context_tokens);
    decide("skip", rule_id(),
           {{"model", model.name},
            {"context", model.context_tokens},
            {"prompt_tokens_at_least", least},
            {"counted", counted.has_value()}});
    return true;
  }

  const ModelStates& states_;
  const RequestTraits& traits_;
  const std::uint64_t draw_;
  RoutePlan plan_;
};

}  // namespace

Money expected_cost(const finops::ModelPrice& price, const RequestTraits& traits, Timestamp now) {
  finops::TokenCounts tokens;
  tokens.input = traits.prompt_tokens;
  tokens.output = traits.output_tokens;
  return finops::cost_of(tokens, price, {finops::ServiceTier::Standard, now});
}

RoutePlan plan_route(const ModelStates& states, const RouteConfig& route, const RequestTraits& traits,
                     std::uint64_t draw) {
  return Planning(states, traits, draw).run(route);
}

}  // namespace millwright::gateway
