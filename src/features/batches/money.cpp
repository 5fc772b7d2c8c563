// Batches that wait for a budget: they stop at the first line that it refuses, ask for approval, and go on when that is
// given or when the budget has more room.
#include <spdlog/spdlog.h>

#include "features/batches/scheduler.hpp"

namespace millwright::batches {
namespace {

constexpr std::string_view approval_kind = "batch.budget";
constexpr std::string_view rule_prefix = "budget:";

const finops::BudgetStatus* find_budget(const std::vector<finops::BudgetStatus>& budgets, std::string_view scope) {
  const auto found = std::ranges::find(budgets, scope, [](const auto& budget) -> std::string_view {
    return budget.definition.scope;
  });
  return found == budgets.end() ? nullptr : &*found;
}

Money room_of(const finops::BudgetStatus& budget) {
  return budget.definition.limit - budget.settled - budget.reserved;
}

std::string requester(const Batch& batch) { return "key/" + batch.caller.key; }

/// Whether the budget is another one than the one that refused.
bool has_room_again(const Pause& pause, const std::vector<finops::BudgetStatus>& budgets) {
  const auto* budget = find_budget(budgets, pause.scope);
  if (budget == nullptr) return true;
  return budget->period_start != pause.period_start || budget->definition.limit != pause.limit ||
         budget->definition.at_limit == finops::AtLimit::Warn || room_of(*budget) > pause.room;
}

}  // namespace

/// With the mutex held.
void Scheduler::pause(Active& active, const Error& error) {
  auto& batch = active.batch;
  if (batch.pause) return;
  Pause pause;
  pause.reason = error.message;
  pause.scope = error.rule.starts_with(rule_prefix) ? error.rule.substr(rule_prefix.size()) : error.rule;
  const auto budgets = parts_.accounts->budgets();
  if (const auto* budget = find_budget(budgets, pause.scope)) {
    pause.period_start = budget->period_start;
    pause.limit = budget->definition.limit;
    pause.room = room_of(*budget);
  }
  batch.pause = std::move(pause);
  active.next_look = Timestamp{};
}

void Scheduler::look_at_pause(const ActivePtr& active) {
  Batch batch;
  {
    const std::scoped_lock lock(mutex_);
    batch = active->batch;
  }
  if (!batch.pause) return;
  bool goes_on = has_room_again(*batch.pause, parts_.accounts->budgets());
  bool is_approved = false;
  if (!goes_on && batch.pause->approval.empty()) {
    ask_for_approval(active);
    return;
  }
  if (const auto id = Id::parse(batch.pause->approval); id) {
    auto request = parts_.inbox->load(*id);
    is_approved = request && request->state == approval::State::Approved;
  }
  if (!goes_on && !is_approved) return;
  if (goes_on) withdraw_approval(batch);
  {
    const std::scoped_lock lock(mutex_);
    active->batch.pause.reset();
    if (is_approved) active->batch.is_overrun_approved = true;
    active->failures = 0;
    active->is_provider_tried = false;
    active->not_before = Timestamp{};
    batch = active->batch;
  }
  spdlog::info("{} goes on: {}", batch.id, is_approved ? "its costs were approved" : "its budget has room");
  save(batch);
}

void Scheduler::ask_for_approval(const ActivePtr& active) {
  Batch batch;
  std::int64_t left = 0;
  {
    const std::scoped_lock lock(mutex_);
    batch = active->batch;
    left = active->lines_left();
  }
  const auto ended = batch.counts.completed + batch.counts.failed;
  approval::NewRequest request;
  request.kind = approval_kind;
  request.object = "batch/" + batch.id;
  request.title = fmt::format("May the batch {} go on although the budget of {} is spent? {} of {} lines are left.",
                              batch.id, batch.pause->scope, left, batch.counts.total);
  request.plan = {{"batch", batch.id},
                  {"owner", batch.owner},
                  {"endpoint", batch.endpoint},
                  {"budget", batch.pause->scope},
                  {"limit_usd", render_decimal(batch.pause->limit)},
                  {"lines_left", left},
                  {"lines_total", batch.counts.total},
                  {"spent_usd", render_decimal(batch.cost)},
                  {"deadline", render_time(batch.deadline)}};
  if (ended > 0) {
    request.plan["left_usd_estimated"] = render_decimal(Money::from_nano(batch.cost.nano() / ended * left));
  }
  request.requested_by = requester(batch);
  request.due = batch.deadline;
  auto opened = parts_.inbox->open(std::move(request));
  std::string approval;
  if (opened) {
    approval = opened->text();
  } else if (opened.error().code == ErrorCode::Conflict) {   // asked before the server stopped
    auto known = parts_.inbox->find(approval_kind, "batch/" + batch.id);
    if (known && *known) approval = (*known)->id.text();
  }
  if (approval.empty()) {
    spdlog::error("approval for {} could not be asked for: {}", batch.id, describe(opened.error()));
    return;
  }
  {
    const std::scoped_lock lock(mutex_);
    if (!active->batch.pause) return;
    active->batch.pause->approval = approval;
    batch = active->batch;
  }
  spdlog::warn("{} is paused: {}; approval {}", batch.id, batch.pause->reason, approval);
  save(batch);
}

void Scheduler::withdraw_approval(const Batch& batch) {
  if (!batch.pause || batch.pause->approval.empty()) return;
  const auto id = Id::parse(batch.pause->approval);
  if (!id) return;
  auto withdrawn = parts_.inbox->withdraw(*id, {requester(batch), identity::Role::Viewer, {}});
  if (!withdrawn && withdrawn.error().code != ErrorCode::Conflict) {
    spdlog::warn("the approval of {} could not be withdrawn: {}", batch.id, describe(withdrawn.error()));
  }
}

}  // namespace millwright::batches
