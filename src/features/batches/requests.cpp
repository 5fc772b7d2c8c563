// What callers ask of batches: making, seeing, cancelling them.
#include "base/text.hpp"
#include "features/batches/scheduler.hpp"

namespace millwright::batches {
namespace {

constexpr std::size_t unfinished_max = 1'000;

std::unexpected<Error> bad_field(std::string_view field, std::string message, std::string fix = {}) {
  Error error;
  error.code = ErrorCode::InvalidInput;
  error.message = std::move(message);
  error.where.field = field;
  error.fix = std::move(fix);
  return std::unexpected(std::move(error));
}

}  // namespace

Result<Batch> Scheduler::create(NewBatch given) {
  if (find_dialect(given.endpoint) == nullptr) {
    std::string known;
    for (const auto& dialect : parts_.dialects) known += (known.empty() ? "" : ", ") + dialect.endpoint;
    return bad_field("endpoint", fmt::format("\"{}\" cannot be called in batches", utf8_prefix(given.endpoint, 80)),
                     "Use one of: " + known + ".");
  }
  const auto& principal = *given.caller.principal;
  Batch batch;
  batch.scope = gateway::response_scope(given.caller);
  auto file = parts_.files->load(given.input_file, batch.scope);
  if (!file) {
    file.error().where.field = "input_file_id";
    return pass(file);
  }
  if (file->purpose != "batch") {
    return bad_field("input_file_id", fmt::format("the file was uploaded with the purpose \"{}\"", file->purpose),
                     "Upload it with the purpose \"batch\".");
  }
  if (file->bytes > input_bytes_max) {
    return bad_field("input_file_id", fmt::format("an input file has at most {}", render_size(input_bytes_max)),
                     "Split it into several batches.");
  }
  batch.created = parts_.clock->now();
  {
    const std::scoped_lock lock(mutex_);
    if (given.time < Duration(60'000) || given.time > settings_.window_max) {
      return bad_field("completion_window", fmt::format("the completion window must be 1m to {}",
                                                        render_duration(settings_.window_max)));
    }
    if (active_.size() >= unfinished_max) {
      auto error = fail(ErrorCode::Unavailable, "{} batches are unfinished, the most at once", unfinished_max);
      error.error().retry_after = 60s;
      return error;
    }
    batch.off_peak = given.off_peak.value_or(settings_.off_peak_of(principal.use_case));
    batch.provider_batch = given.provider_batch.value_or(settings_.provider_batch_of(principal.use_case));
  }
  batch.id = "batch_" + Id::generate_at(batch.created).text();
  batch.owner = principal.team.empty() ? "key/" + principal.key_id.text() : "team/" + principal.team;
  batch.endpoint = std::move(given.endpoint);
  batch.window = std::move(given.window);
  batch.input_file = std::move(given.input_file);
  batch.deadline = batch.created + given.time;
  batch.metadata = std::move(given.metadata);
  batch.output_expires_after = given.output_expires_after;
  batch.caller = {principal.key_id.text(), given.caller.user,    given.caller.session,
                  given.caller.task,       given.caller.segment, {}};
  if (given.caller.declared_class) batch.caller.data_class = policy::class_name(*given.caller.declared_class);
  auto inserted = store_.insert(batch);
  if (!inserted) return pass(inserted);
  auto active = std::make_shared<Active>();
  active->batch = batch;
  {
    const std::scoped_lock lock(mutex_);
    active_.emplace(batch.id, active);
  }
  wake();
  return batch;
}

Result<Batch> Scheduler::load(const std::string& id, const std::string& scope) {
  {
    const std::scoped_lock lock(mutex_);
    const auto found = active_.find(id);
    if (found != active_.end() && (scope.empty() || found->second->batch.scope == scope)) return found->second->batch;
  }
  return store_.load(id, scope);
}

Result<BatchPage> Scheduler::list(const std::string& scope, const std::string& after, std::size_t limit) {
  auto page = store_.list(scope, after, limit);
  if (!page) return page;
  const std::scoped_lock lock(mutex_);
  for (auto& batch : page->batches) {
    const auto found = active_.find(batch.id);
    if (found != active_.end()) batch = found->second->batch;
  }
  return page;
}

Result<Batch> Scheduler::cancel(const std::string& id, const std::string& scope) {
  auto batch = load(id, scope);
  if (!batch) return batch;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = active_.find(id);
    const auto status = found == active_.end() ? batch->status : found->second->batch.status;
    if (status == Status::Cancelling) return *batch;
    if (found == active_.end() || (status != Status::Validating && status != Status::InProgress)) {
      auto error = fail(ErrorCode::Conflict, "the batch is {} and cannot be cancelled", status_name(status));
      error.error().where.field = "batch_id";
      return error;
    }
    auto& running = found->second->batch;
    running.status = Status::Cancelling;
    running.cancelling_at = parts_.clock->now();
    batch = running;
  }
  auto saved = store_.update(*batch);
  if (!saved) return pass(saved);
  wake();
  return batch;
}

Result<std::int64_t> Scheduler::drop_old() {
  Timestamp before;
  {
    const std::scoped_lock lock(mutex_);
    before = parts_.clock->now() - settings_.retention;
  }
  return store_.drop_before(before);
}

Result<void> Scheduler::check(std::string_view endpoint, json::object body) const {
  const auto* dialect = find_dialect(endpoint);
  if (dialect == nullptr) return bad_field("endpoint", "it cannot be called in batches");
  auto call = dialect->read(std::move(body));
  if (!call) return pass(call);
  return {};
}

Result<void> Scheduler::remove_file(const std::string& id, const std::string& scope) {
  auto file = parts_.files->load(id, scope);
  if (!file) return pass(file);
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [name, active] : active_) {
      if (active->batch.input_file != id || is_finished(active->batch.status)) continue;
      auto error = fail(ErrorCode::Conflict, "the batch {} still reads this file", name);
      error.error().where.field = "file_id";
      error.error().fix = "Wait for its end, or cancel it.";
      return error;
    }
  }
  return parts_.files->remove(*file);
}

}  // namespace millwright::batches
