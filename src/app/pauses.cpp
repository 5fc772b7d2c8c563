#include "app/pauses.hpp"

namespace millwright::app {

Result<void> Pauses::recall(const std::string& use_case) {
  if (reasons_.contains(use_case)) return {};
  audit::Filter filter;
  filter.action = "use_case.";
  filter.object = "use_case/" + use_case;
  std::string cursor;
  do {
    auto page = audit_.list(filter, cursor, 100);
    if (!page) return pass(page);
    for (const auto& record : page->records) {
      if (record.entry.object != filter.object) continue;   // "use_case/a" also finds "use_case/ab"
      const bool is_pause = record.entry.action == "use_case.pause";
      if (!is_pause && record.entry.action != "use_case.resume") continue;
      reasons_[use_case] = is_pause ? std::string(string_member(record.entry.detail, "reason")) : std::string();
      return {};
    }
    cursor = page->next;
  } while (!cursor.empty());
  reasons_[use_case] = {};
  return {};
}

Result<std::shared_ptr<const gateway::GatewayState>> Pauses::applied_to(gateway::GatewayState state) {
  const std::lock_guard lock(mutex_);
  for (auto& use_case : state.config.use_cases) {
    if (auto ok = recall(use_case.name); !ok) return pass(ok);
    if (!reasons_[use_case.name].empty()) use_case.is_paused = true;
  }
  return std::make_shared<const gateway::GatewayState>(std::move(state));
}

Result<void> Pauses::change(const std::function<void(gateway::GatewayState&)>& apply) {
  const std::lock_guard lock(mutex_);
  auto state = *gateway_.state();
  apply(state);
  gateway_.replace_state(std::make_shared<const gateway::GatewayState>(std::move(state)));
  return {};
}

Result<void> Pauses::set(const std::string& use_case, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  const auto current = gateway_.state();
  auto state = *current;
  const auto found = std::ranges::find(state.config.use_cases, use_case, &gateway::UseCaseConfig::name);
  if (found == state.config.use_cases.end()) return fail(ErrorCode::NotFound, "no use case named \"{}\"", use_case);
  if (reason.empty() && found->is_paused && reasons_[use_case].empty()) {
    Error error;
    error.code = ErrorCode::Conflict;
    error.message = fmt::format("{} is paused by its configuration", use_case);
    error.rule = "use_case.paused";
    error.fix = "remove `paused: true` from it";
    return std::unexpected(std::move(error));
  }
  reasons_[use_case] = reason;
  found->is_paused = !reason.empty();
  gateway_.replace_state(std::make_shared<const gateway::GatewayState>(std::move(state)));
  return {};
}

std::string Pauses::reason(const std::string& use_case) const {
  const std::lock_guard lock(mutex_);
  const auto found = reasons_.find(use_case);
  return found == reasons_.end() ? std::string() : found->second;
}

}  // namespace millwright::app
