#include "features/ingestion/sync.hpp"

#include <set>
#include <thread>

#include "features/ingestion/acl.hpp"
#include "features/ingestion/ordered_work.hpp"

namespace millwright::ingestion {

namespace {

constexpr std::int64_t lines_kept = 10;      // reports of a source that keep their lines
constexpr std::int64_t reports_kept = 200;

bool is_nothing_to_do(const Plan& plan) {
  return plan.missing.empty() && std::ranges::all_of(plan.items, [](const PlannedItem& planned) {
    const bool is_refused_already =
        planned.work == Work::Refuse && (!planned.known || planned.known->document.verdict == Verdict::Rejected);
    return (planned.work == Work::None || is_refused_already) &&
           (!planned.known || render_acl(planned.known->document.acl) == render_acl(planned.acl));
  });
}

}  // namespace

Sync::Sync(const IngestionDependencies& dependencies, const CurationHooks& hooks, Connector& connector,
           const SyncRequest& request, const std::atomic<bool>& is_stopping)
    : dependencies_(dependencies), hooks_(hooks), connector_(connector), request_(request), is_stopping_(is_stopping) {}

Result<SyncReport> Sync::run() {
  if (auto opened = open(); !opened) return pass(opened);
  auto plan = make_plan();
  if (!plan) return close_with_error(plan.error());
  report_.listed = static_cast<std::int64_t>(plan->items.size());
  if (request_.trigger == Trigger::Followed && !is_resumed_ && is_nothing_to_do(*plan)) {
    report_.finished = dependencies_.clock.now();
    for (const PlannedItem& planned : plan->items) {
      ++report_.counts[std::string(verdict_name(planned.work == Work::None ? Verdict::Unchanged : Verdict::Rejected))];
    }
    return report_;
  }
  auto saved = dependencies_.writer.run(
      [report = report_, full = is_full_](store::Session& session) { return save_sync(session, report, full); });
  if (!saved) return pass(saved);
  if (auto checked = check_plan(*plan, request_.source.contract); !checked) return close_with_error(checked.error());
  if (auto applied = apply_permissions(*plan); !applied) return pass(applied);
  if (auto deleted = delete_gone(*plan, false); !deleted) return pass(deleted);
  if (auto processed = process(*plan); !processed) return pass(processed);
  if (auto deleted = delete_gone(*plan, true); !deleted) return pass(deleted);
  if (auto judged = curate_dependents(); !judged) return pass(judged);
  return close();
}

/// Takes up the sync a crash left open, or begins a new one.
Result<void> Sync::open() {
  report_.source = request_.source.name;
  is_full_ = request_.is_full;
  auto left = find_open_sync(dependencies_.database, request_.source.name);
  if (!left) return pass(left);
  if (*left && ((*left)->is_full || !is_full_)) {
    is_resumed_ = true;
    is_full_ = (*left)->is_full;
    report_.id = (*left)->id;
    report_.started = (*left)->started;
  } else {
    report_.id = Id::generate();
    report_.started = dependencies_.clock.now();
  }
  if (*left && !is_resumed_) {
    SyncReport old;
    old.id = (*left)->id;
    old.source = request_.source.name;
    old.started = (*left)->started;
    old.finished = report_.started;
    old.error = "interrupted; a full sync took its place";
    auto closed = dependencies_.writer.run([old](store::Session& session) { return save_sync(session, old, false); });
    if (!closed) return closed;
  }
  batch_.emplace(dependencies_.writer, report_.id);
  return batch_->commit(dependencies_.clock.now());
}

Result<std::vector<SourceItem>> Sync::list() {
  std::vector<SourceItem> listing;
  auto listed = connector_.list([&](SourceItem item) -> Result<void> {
    if (is_stopping_) return fail(ErrorCode::Cancelled, "stopping");
    listing.push_back(std::move(item));
    return {};
  });
  if (!listed) return pass(listed);
  return listing;
}

Result<Plan> Sync::make_plan() {
  auto listing = list();
  if (!listing) return pass(listing);
  auto known = documents_of(dependencies_.database, request_.source.name);
  if (!known) return pass(known);
  auto erased = erased_of(dependencies_.database, request_.source.name);
  if (!erased) return pass(erased);
  erased_ = *erased;
  for (const auto& landed : *known) paths_[landed->document.id] = landed->document.path;
  settings_ = settings_name(request_.source, hooks_.version ? hooks_.version(request_.source.name) : std::string());
  return plan_sync({request_.source, std::move(*listing), std::move(*known), std::move(*erased), settings_,
                    dependencies_.clock.now(), is_full_, is_resumed_ ? report_.id : Id()});
}

Result<SyncReport> Sync::close_with_error(const Error& error) {
  if (error.code == ErrorCode::Cancelled) return std::unexpected(error);
  report_.finished = dependencies_.clock.now();
  report_.error = error_reason(error) + (error.fix.empty() ? "" : " (" + error.fix + ")");
  auto saved = dependencies_.writer.run([report = report_, full = is_full_](store::Session& session) -> Result<void> {
    if (auto done = save_sync(session, report, full); !done) return done;
    return drop_old_syncs(session, report.source, lines_kept, reports_kept);
  });
  if (!saved) return pass(saved);
  return report_;
}

/// Before any content: who may no longer read something must lose it at once.
Result<void> Sync::apply_permissions(Plan& plan) {
  for (PlannedItem& planned : plan.items) {
    if (!planned.known || planned.known->document.verdict == Verdict::Deleted) continue;
    if (render_acl(planned.known->document.acl) == render_acl(planned.acl)) continue;
    planned.known->document.acl = planned.acl;
    batch_->add_acl(planned.known->document.id, planned.acl);
    changed_.push_back(planned.known->document.id);
  }
  return batch_->commit(dependencies_.clock.now());
}

/// First those that cannot have been renamed; at the end the rest.
Result<void> Sync::delete_gone(Plan& plan, bool is_last) {
  std::set<std::uint64_t> new_sizes;
  for (const PlannedItem& planned : plan.items) {
    if (!planned.known && !is_last) new_sizes.insert(planned.item.bytes);
  }
  std::erase_if(plan.missing, [&](Landed& landed) {
    if (new_sizes.contains(landed.document.bytes)) return false;
    landed.document.verdict = Verdict::Deleted;
    landed.document.reason = "no longer in the source";
    landed.document.superseded_by.clear();
    landed.sync = report_.id;
    line(landed.document.path, landed.document, Verdict::Deleted, landed.document.reason);
    changed_.push_back(landed.document.id);
    batch_->add_document(std::move(landed), false);
    return true;
  });
  return batch_->commit(dependencies_.clock.now());
}

Result<void> Sync::process(Plan& plan) {
  IntakeContext context{connector_, dependencies_.blobs, dependencies_.runner, request_.source.contract.bytes_max,
                        is_full_, {}, {}};
  for (const Erased& erased : erased_) context.erased.insert(erased.raw);
  for (const Landed& landed : plan.missing) context.missing.insert(landed.document.raw);
  const std::size_t threads = dependencies_.parse_threads > 0 ? dependencies_.parse_threads
                                                              : std::max(1U, std::thread::hardware_concurrency());
  OrderedWork<Taken> work(plan.items.size(), threads,
                          [&](std::size_t index) { return take_in(plan.items[index], context); });
  SyncProgress progress{request_.source.name, {}, 0, static_cast<std::int64_t>(plan.items.size()), 0};
  for (PlannedItem& planned : plan.items) {
    if (is_stopping_) return fail(ErrorCode::Cancelled, "stopping; the next sync goes on from here");
    Taken taken = work.take();
    progress.path = planned.item.path;
    progress.bytes += taken.bytes;
    ++progress.done;
    if (auto settled = settle(planned, std::move(taken), plan); !settled) return settled;
    planned = PlannedItem();   // settled: its memory serves the rest
    if (auto committed = commit_when_due(); !committed) return committed;
    if (request_.progress) request_.progress(progress);
  }
  return batch_->commit(dependencies_.clock.now());
}

/// Copies of what changed or went: they may be the only ones left, and are judged as if they had just arrived.
Result<void> Sync::curate_dependents() {
  if (!hooks_.curate) return {};
  const std::set<Id> changed(changed_.begin(), changed_.end());
  for (const Id& id : changed) {
    auto copies = superseded_by(dependencies_.database, id);
    if (!copies) return pass(copies);
    for (Landed& copy : *copies) {
      auto bytes = dependencies_.blobs.load(copy.document.parsed);
      if (!bytes) continue;
      auto parsed = decode(*bytes);
      if (!parsed) continue;
      const Document before = copy.document;
      copy.document.verdict = Verdict::Indexed;
      copy.document.reason.clear();
      copy.document.superseded_by.clear();
      if (auto curated = curate(copy, *parsed); !curated) return curated;
      if (before.verdict == copy.document.verdict && before.superseded_by == copy.document.superseded_by) continue;
      if (copy.document.source == report_.source) {
        line(copy.document.path, copy.document, copy.document.verdict, copy.document.reason);
      }
      batch_->add_document(std::move(copy), false);
    }
  }
  return batch_->commit(dependencies_.clock.now());
}

Result<void> Sync::commit_when_due() {
  const Timestamp now = dependencies_.clock.now();
  const bool is_due = batch_->size() >= dependencies_.batch_items_max || now - batch_->opened() >= dependencies_.batch_age_max;
  return is_due ? batch_->commit(now) : Result<void>();
}

Result<SyncReport> Sync::close() {
  report_.finished = dependencies_.clock.now();
  auto counts = std::make_shared<std::map<std::string, std::int64_t>>();
  auto closed = dependencies_.writer.run([report = report_, full = is_full_, counts](store::Session& session) mutable -> Result<void> {
    auto counted = count_lines(session, report.id);
    if (!counted) return pass(counted);
    *counts = report.counts = std::move(*counted);
    if (auto saved = save_sync(session, report, full); !saved) return saved;
    return drop_old_syncs(session, report.source, lines_kept, reports_kept);
  });
  if (!closed) return pass(closed);
  report_.counts = *counts;
  return report_;
}

void Sync::line(const std::string& path, const Document& document, Verdict verdict, std::string reason) {
  batch_->add_line({path, document.id, verdict, std::move(reason)});
}

}  // namespace millwright::ingestion
