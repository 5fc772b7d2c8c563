// The files of a batch: its input is checked before anything runs, its results are written when nothing runs any more.
#include <spdlog/spdlog.h>

#include "features/batches/scheduler.hpp"

namespace millwright::batches {
namespace {

constexpr std::size_t results_page = 256;
constexpr Duration again_after{10'000};

/// Results in the order of lines, read page by page.
class ResultCursor {
 public:
  ResultCursor(BatchStore& store, std::string batch) : store_(store), batch_(std::move(batch)) {}
  /// The result of `line`, when it has one; lines are asked for in ascending order.
  [[nodiscard]] Result<std::optional<LineResult>> find(std::int64_t line) {
    while (!is_at_end_ || at_ < page_.size()) {
      for (; at_ < page_.size(); ++at_) {
        if (page_[at_].line > line) return std::nullopt;
        if (page_[at_].line == line) return std::move(page_[at_++]);
      }
      if (is_at_end_) break;
      const auto after = page_.empty() ? 0 : page_.back().line;
      auto page = store_.results(batch_, after, results_page);
      if (!page) return pass(page);
      page_ = std::move(*page);
      at_ = 0;
      is_at_end_ = page_.size() < results_page;
    }
    return std::nullopt;
  }

 private:
  BatchStore& store_;
  std::string batch_;
  std::vector<LineResult> page_;
  std::size_t at_ = 0;
  bool is_at_end_ = false;
};

/// Why a line that never ran never will.
json::object reason_of(const Batch& batch) {
  if (batch.cancelling_at) {
    return {{"code", "batch_cancelled"}, {"message", "The batch was cancelled before this line was sent."}};
  }
  return {{"code", "batch_expired"},
          {"message", "This request could not be executed before the completion window expired."}};
}

}  // namespace

Result<std::unique_ptr<LineSource>> Scheduler::open_source(const Batch& batch) {
  auto file = parts_.files->load(batch.input_file, batch.scope);
  if (!file) return pass(file);
  auto reader = parts_.files->read(*file);
  if (!reader) return pass(reader);
  return std::make_unique<LineSource>(std::move(*reader));
}

void Scheduler::validate(const ActivePtr& active) {
  Batch batch;
  {
    const std::scoped_lock lock(mutex_);
    batch = active->batch;
  }
  InputCheck check(batch.endpoint);
  auto source = open_source(batch);
  Result<std::optional<std::pair<std::int64_t, std::string>>> line(std::nullopt);
  if (!source) line = pass(source);
  while (line && source) {
    line = (*source)->next();
    if (!line || !*line || !check.add((**line).second, (**line).first)) break;
  }
  if (!line && line.error().code == ErrorCode::TooLarge) {
    check.add_fault({"line_too_long", line.error().message, "", static_cast<std::int64_t>(line.error().where.line)});
  } else if (!line && line.error().code == ErrorCode::NotFound) {
    check.add_fault({"invalid_file", "The input file has been deleted.", "input_file_id", 0});
  } else if (!line) {
    spdlog::error("the input of {} cannot be read: {}", batch.id, describe(line.error()));
    const std::scoped_lock lock(mutex_);
    active->not_before = parts_.clock->now() + again_after;
    return;
  } else {
    check.finish();
  }
  const auto now = parts_.clock->now();
  {
    const std::scoped_lock lock(mutex_);
    auto& kept = active->batch;
    if (kept.status != Status::Validating) return;   // cancelled meanwhile
    kept.faults = check.faults();
    kept.models = check.models();
    if (kept.faults.empty()) {
      kept.counts.total = check.lines();
      kept.status = Status::InProgress;
      kept.in_progress_at = now;
    } else {
      kept.status = Status::Failed;
      kept.failed_at = now;
    }
    batch = kept;
  }
  save(batch);
}

Result<void> Scheduler::write_results(Batch& batch) {
  auto source = open_source(batch);
  if (!source) return pass(source);
  auto output = parts_.files->make(batch.scope);
  auto errors = parts_.files->make(batch.scope);
  ResultCursor results(store_, batch.id);
  batch.counts.failed = batch.counts.completed = 0;
  for (;;) {
    auto text = (*source)->next();
    if (!text) return pass(text);
    if (!*text) break;
    const auto line = (**text).first;
    auto result = results.find(line);
    if (!result) return pass(result);
    const bool has_ended = *result && ((**result).state == "done" || (**result).state == "failed");
    const bool is_done = has_ended && (**result).state == "done";
    std::string written = has_ended ? std::move((**result).text) : std::string();
    if (!has_ended) {
      auto parsed = parse_line((**text).second, line, batch.endpoint);
      if (!parsed) continue;   // cancelled before its lines were checked
      written = render_failure(Id::generate().text(), parsed->custom_id, reason_of(batch));
    }
    written += '\n';
    auto kept = (is_done ? output : errors)->writer.write(written);
    if (!kept) return kept;
    ++(is_done ? batch.counts.completed : batch.counts.failed);
  }
  for (auto [file, name, id] : {std::tuple{output.get(), "output", &batch.output_file},
                                std::tuple{errors.get(), "error", &batch.error_file}}) {
    if (file->writer.size() == 0) continue;
    auto kept = parts_.files->keep(*file, "batch_output", fmt::format("{}_{}.jsonl", batch.id, name),
                                   batch.output_expires_after);
    if (!kept) return pass(kept);
    *id = kept->id;
  }
  return {};
}

void Scheduler::finalize(const ActivePtr& active) {
  const auto now = parts_.clock->now();
  Batch batch;
  {
    const std::scoped_lock lock(mutex_);
    auto& kept = active->batch;
    if (kept.status != Status::Cancelling) {
      kept.status = Status::Finalizing;
      if (!kept.finalizing_at) kept.finalizing_at = now;
    }
    batch = kept;
  }
  save(batch);
  withdraw_approval(batch);
  const bool is_short = batch.counts.completed + batch.counts.failed < batch.counts.total || batch.counts.total == 0;
  auto written = write_results(batch);
  if (!written && written.error().code == ErrorCode::NotFound) {
    // The input was deleted or is over: there is nothing to say about lines that never ran.
    spdlog::warn("the input of {} is gone: {}", batch.id, describe(written.error()));
  } else if (!written) {
    spdlog::error("the results of {} could not be written: {}", batch.id, describe(written.error()));
    const std::scoped_lock lock(mutex_);
    active->not_before = now + again_after;
    return;
  }
  batch.pause.reset();
  const auto ended = parts_.clock->now();
  if (batch.cancelling_at) {
    batch.status = Status::Cancelled;
    batch.cancelled_at = ended;
  } else if (is_short) {
    batch.status = Status::Expired;
    batch.expired_at = ended;
  } else {
    batch.status = Status::Completed;
    batch.completed_at = ended;
  }
  auto finished = store_.finish(batch);
  const std::scoped_lock lock(mutex_);
  if (!finished) {
    spdlog::error("the end of {} could not be kept: {}", batch.id, describe(finished.error()));
    active->not_before = now + again_after;
    return;
  }
  active->batch = batch;
}

}  // namespace millwright::batches
