// The gateway's snapshots: what is configured, what is live, and the limits as they stand.
#include "features/gateway/gateway.hpp"

#include "base/text.hpp"
#include "features/gateway/pipeline.hpp"
#include "features/gateway/room_wait.hpp"

namespace millwright::gateway {

Gateway::Gateway(GatewayParts parts) : state_(std::make_unique<State>(parts)) {}
Gateway::~Gateway() = default;

void Gateway::replace_state(std::shared_ptr<const GatewayState> state) {
  const auto has = [&state](Priority priority) {
    return std::ranges::any_of(state->config.use_cases,
                               [priority](const auto& use_case) { return use_case.priority == priority; });
  };
  const bool has_critical = has(Priority::Critical);
  const bool may_shed = has_critical || has(Priority::Background);
  auto next = std::make_shared<GatewayState>(*state);
  next->board = make_board(next->config, state_->config.load()->board.get());
  state_->has_header_rules.store(!next->config.routes_need.headers.empty(), std::memory_order_relaxed);
  state_->config.store(std::move(next));
  state_->room->replace_classes(has_critical);
  // Without classes there is nobody to shed, and nobody looks.
  if (may_shed && state_->parts.runtime != nullptr && !state_->is_watching_loops.exchange(true)) {
    watch_loops(*state_->parts.runtime, state_->room);
  }
}

void Gateway::use_background(BackgroundCalls& background) { state_->background.store(&background); }
std::shared_ptr<const GatewayState> Gateway::state() const { return state_->config.load(); }
void Gateway::replace_live(std::shared_ptr<const LiveTable> live) { state_->live.store(std::move(live)); }
std::shared_ptr<const LiveTable> Gateway::live() const { return state_->live.load(); }

Result<std::shared_ptr<const LimitSet>> Gateway::prepare_limits(const std::vector<LimitConfig>& limits) {
  const auto current = state_->config.load()->limits;
  return state_->limits.prepare(
      limits, current.get(), [this](Timestamp from) { return state_->parts.accounts->use_since(from); },
      state_->parts.clock->now());
}

std::vector<LimitUse> Gateway::limit_use(std::size_t members_max) const {
  const auto current = state_->config.load();
  if (current->limits == nullptr) return {};
  return state_->limits.use_of(*current->limits, members_max, state_->parts.clock->now());
}

KeyUse Gateway::key_use(const identity::Principal& key) const {
  const auto id = key.key_id.text();
  return state_->limits.use_of_key({id, key.key_name, {}, {}, {}, key.rpm, key.tpm, key.concurrent});
}

RoomStatus Gateway::room() const {
  const auto& room = *state_->room;
  return {room.in_flight(), room.settings().calls_max, room.waiting(), room.shed_level()};
}

void Gateway::keep_headers(Caller& caller, const io::http::Headers& headers) const {
  constexpr std::size_t value_bytes_max = 256;
  if (!state_->has_header_rules.load(std::memory_order_relaxed)) return;
  const auto config = state_->config.load();
  for (const auto& name : config->config.routes_need.headers) {
    const auto value = trimmed(headers.find(name));
    if (!value.empty() && value.size() <= value_bytes_max) caller.headers.emplace_back(name, value);
  }
}

Result<void> Gateway::take_request(const identity::Principal& principal, std::optional<RateState>& state) {
  if (!principal.rpm) return {};
  const auto key_id = principal.key_id.text();
  const auto ask = Limits::key_requests(key_id, *principal.rpm);
  const auto now = state_->parts.clock->now();
  CallRates states;
  auto taken = state_->limits.counters().take({&ask, 1}, now, states);
  state = states.requests;
  if (taken) return {};
  return std::unexpected(refusal_error(taken.error(), now));
}

std::vector<std::string> Gateway::models_for(const identity::Principal& principal) const {
  const auto config = state_->config.load();
  std::vector<std::string> names;
  for (const auto& use_case : config->config.use_cases) {
    if (principal.use_case.empty() || principal.use_case == use_case.name) names.push_back(use_case.name);
  }
  for (const auto& model : config->config.models) {
    if (principal.may_use_model(model.name)) names.push_back(model.name);
  }
  return names;
}

bool Gateway::may_name(const identity::Principal& principal, std::string_view name) const {
  const auto names = models_for(principal);
  if (std::ranges::find(names, name) != names.end()) return true;
  const auto config = state_->config.load();
  return std::ranges::any_of(config->config.use_cases, [&](const UseCaseConfig& use_case) {
    const bool is_ours = principal.use_case.empty() || principal.use_case == use_case.name;
    return is_ours && std::ranges::find(use_case.aliases, name) != use_case.aliases.end();
  });
}

}  // namespace millwright::gateway
