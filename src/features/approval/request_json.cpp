#include "features/approval/approval.hpp"

namespace millwright::approval {
namespace {

constexpr std::array<std::string_view, 4> state_names{"open", "approved", "rejected", "withdrawn"};

json::value time_or_null(const std::optional<Timestamp>& time) {
  return time ? json::value(render_time(*time)) : json::value(nullptr);
}

}  // namespace

std::string_view state_name(State state) { return state_names[static_cast<std::size_t>(state)]; }

std::optional<State> find_state(std::string_view name) {
  const auto found = std::ranges::find(state_names, name);
  if (found == state_names.end()) return std::nullopt;
  return static_cast<State>(found - state_names.begin());
}

json::object to_json(const Request& request) {
  return {{"id", request.id.text()},
          {"kind", request.kind},
          {"object", request.object},
          {"title", request.title},
          {"plan", request.plan},
          {"requested_by", request.requested_by},
          {"four_eyes", request.eyes == Eyes::Four},
          {"assignee", request.assignee},
          {"delegated_by", request.delegated_by},
          {"due", time_or_null(request.due)},
          {"state", state_name(request.state)},
          {"decided_by", request.decided_by},
          {"reason", request.reason},
          {"created_at", render_time(request.created_at)},
          {"decided_at", time_or_null(request.decided_at)}};
}

}  // namespace millwright::approval
