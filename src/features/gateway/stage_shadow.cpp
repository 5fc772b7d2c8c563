// Shadow calls: after an answer a copy of some requests goes to another model, in the background and on its own
// account; what came of it is written down beside the original.
#include "features/gateway/agreement.hpp"
#include "features/gateway/pipeline.hpp"

namespace millwright::gateway {
namespace {

constexpr std::size_t shadows_max = 32;          // calls in the background at most, these included
constexpr std::int64_t budget_percent_max = 90;  // of any budget the call counts against: callers go first

/// Takes a streamed answer that nobody reads.
class Nobody final : public ChunkSink {
 public:
  [[nodiscard]] io::Task<Result<void>> begin(const telemetry::Trace&) override { co_return Result<void>(); }
  [[nodiscard]] io::Task<Result<void>> chunk(std::string_view) override { co_return Result<void>(); }
};

io::Task<void> nothing() { co_return; }

}  // namespace

bool ChatPipeline::wants_shadow() {
  if (!route_->shadow || route_state_ == nullptr || call_.is_dry_run || call_.shadowed || call_.prepared != nullptr) {
    return false;
  }
  if (call_.request.operation != Operation::Chat || call_.surface == "evaluation" || use_case_ == nullptr) return false;
  auto& state = *route_state_;
  state.shadows.earn(route_->shadow->basis_points, 1);
  const auto* background = shared_.background.load(std::memory_order_relaxed);
  if (background == nullptr || !state.shadows.take()) return false;
  std::string_view because;
  if (background->running() >= shadows_max || 2 * shared_.room->in_flight() > shared_.parts.calls_max)
    because = "load";
  else if (is_shadow_budget_spent())
    because = "budget";
  if (because.empty()) return true;
  shared_.parts.metrics->count_event("shadow_dropped", std::string(because));
  decide("shadow", "dropped", "route:" + route_->name, {{"because", because}});
  return false;
}

bool ChatPipeline::is_shadow_budget_spent() const {
  const auto& shadow = *route_->shadow;
  if (shadow.spend && route_state_->shadow_spend.spent(shadow.window, trace_.start) >= *shadow.spend) return true;
  const std::array scopes{"use_case/" + trace_.use_case, "team/" + trace_.team, "user/" + trace_.user,
                          "key/" + call_.caller.principal->key_id.text()};
  return std::ranges::any_of(shared_.parts.accounts->budgets(), [&](const finops::BudgetStatus& status) {
    if (std::ranges::find(scopes, status.definition.scope) == scopes.end()) return false;
    const auto used = status.settled.nano() + status.reserved.nano();
    return used / budget_percent_max >= status.definition.limit.nano() / 100;
  });
}

void ChatPipeline::start_shadow() {
  auto* background = shared_.background.load(std::memory_order_relaxed);
  const auto id = "shadow:" + trace_.id.text();
  if (background == nullptr || !background->reserve(id)) return;
  auto original = std::make_shared<ShadowedCall>();
  original->trace = trace_.id;
  original->route = route_->name;
  original->model = trace_.model;
  original->cost = trace_.cost;
  original->duration_us = trace_.duration_us;
  original->first_token_us = trace_.first_token_us;
  original->text = outcome_.text;
  ChatCall copy;
  copy.caller = call_.caller;
  copy.request = call_.request;
  copy.request.body = std::move(*shadow_body_);
  copy.surface = "shadow";
  copy.skip_cache = true;
  copy.release = *release_;
  copy.only_model = route_->shadow->model;
  copy.shadowed = std::move(original);
  const auto sink = std::make_shared<Nobody>();
  if (copy.request.is_streamed) copy.sink = sink.get();
  background->start(id, std::move(copy), [sink](ChatOutcome) { return nothing(); });
}

void ChatPipeline::compare_with_original() {
  const auto& original = *call_.shadowed;
  const auto cost = render_decimal(original.cost);
  const auto id = original.trace.text();
  const bool is_answered = has_answer_ && !outcome_.error;
  decide("shadow", is_answered ? "compare" : "failed", "route:" + original.route,
         {{"of", id},
          {"model", original.model},
          {"cost_usd", cost},
          {"duration_us", original.duration_us},
          {"first_token_us", original.first_token_us},
          {"bytes", original.text.size()},
          {"shadow_bytes", outcome_.text.size()},
          {"agreement", is_answered ? agreement_of(original.text, outcome_.text) : 0.0}});
}

void ChatPipeline::note_shadow_spend() {
  const auto& routes = config_->config.routes;
  const auto route = std::ranges::find(routes, call_.shadowed->route, &RouteConfig::name);
  if (route == routes.end() || !route->shadow || !config_->board) return;
  config_->board->routes[static_cast<std::size_t>(route - routes.begin())]->shadow_spend.add(
      trace_.cost, route->shadow->window, shared_.parts.clock->now());
}

}  // namespace millwright::gateway
