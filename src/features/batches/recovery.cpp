// What a process that stopped has left: batches go on, and lines that were being answered are looked up in the ledger,
// which knows of every call that bytes went out for.
#include <spdlog/spdlog.h>

#include "features/batches/scheduler.hpp"

namespace millwright::batches {
namespace {

/// Whether the call of that trace may have been billed; one that was not can run again.
Result<Money> billed(finops::Accounts& accounts, const std::string& trace) {
  const auto id = Id::parse(trace);
  if (!id) return fail(ErrorCode::Corrupt, "a line has no trace");
  auto row = accounts.load(*id);
  if (row) return row->cost;
  if (row.error().code == ErrorCode::NotFound) return Money();
  return pass(row);
}

}  // namespace

Result<void> Scheduler::recover_lines(Active& active) {
  auto states = store_.states(active.batch.id);
  if (!states) return pass(states);
  auto& batch = active.batch;
  batch.counts.completed = batch.counts.failed = 0;
  batch.cost = Money();
  std::vector<std::int64_t> unsent;
  std::map<std::int64_t, LineState> interrupted;
  for (auto& state : *states) {
    active.set_taken(state.line, true);
    batch.cost += state.cost;
    if (state.state == "done") ++batch.counts.completed;
    if (state.state == "failed") ++batch.counts.failed;
    if (state.state != "started") continue;
    auto cost = billed(*parts_.accounts, state.trace);
    if (!cost) return pass(cost);
    state.cost = *cost;
    if (*cost == Money()) unsent.push_back(state.line);
    else interrupted.emplace(state.line, state);
  }
  for (const auto line : unsent) active.set_taken(line, false);
  auto forgotten = store_.forget_lines(batch.id, unsent);
  if (!forgotten) return forgotten;
  return end_interrupted(active, std::move(interrupted));
}

Result<void> Scheduler::end_interrupted(Active& active, std::map<std::int64_t, LineState> lines) {
  if (lines.empty()) return {};
  auto source = open_source(active.batch);
  while (source && !lines.empty()) {
    auto text = (*source)->next();
    if (!text) return pass(text);
    if (!*text) break;
    const auto found = lines.find((**text).first);
    if (found == lines.end()) continue;
    auto line = parse_line((**text).second, found->first, active.batch.endpoint);
    LineResult result;
    static_cast<LineState&>(result) = found->second;
    result.state = "failed";
    result.text = render_failure(
        result.trace, line ? line->custom_id : "",
        {{"code", "interrupted"},
         {"message", "The server was stopped while this line was being answered. It may have been billed and was not sent again."},
         {"millwright", json::object{{"trace", result.trace}, {"cost_usd", render_decimal(result.cost)}}}});
    auto kept = store_.finish_line_blocking(active.batch.id, result);
    if (!kept) return kept;
    ++active.batch.counts.failed;
    active.batch.cost += result.cost;
    lines.erase(found);
  }
  return {};
}

Result<void> Scheduler::recover() {
  auto orphans = parts_.files->remove_orphans();
  if (!orphans) return orphans;
  auto batches = store_.unfinished();
  if (!batches) return pass(batches);
  for (auto& batch : *batches) {
    auto active = std::make_shared<Active>();
    active->batch = std::move(batch);
    auto recovered = recover_lines(*active);
    if (!recovered) return recovered;
    spdlog::info("{} goes on: {} of {} lines are left", active->batch.id, active->lines_left(), active->batch.counts.total);
    active_.emplace(active->batch.id, std::move(active));
  }
  return {};
}

Result<std::unique_ptr<Batches>> Batches::open(BatchParts parts, BatchSettings settings) {
  auto scheduler = std::make_unique<Scheduler>(std::move(parts), settings);
  auto recovered = scheduler->recover();
  if (!recovered) return pass(recovered);
  return std::unique_ptr<Batches>(std::move(scheduler));
}

}  // namespace millwright::batches
