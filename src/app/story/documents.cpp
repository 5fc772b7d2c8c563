// Chapters 1 and 2: documents come in, every one accounted for; they become an approved dataset and an index.
#include "app/story/stage.hpp"
#include "cli/output.hpp"

namespace millwright::app::story {

namespace {

constexpr std::size_t exceptions_shown = 14;

const std::vector<std::string> verdicts{"indexed", "unchanged", "duplicate", "stale", "quarantined", "rejected", "deleted"};

/// What did not simply pass, and why: from the documents as they stand, whatever this run changed.
Result<void> show_exceptions(Stage& stage) {
  std::vector<std::vector<std::string>> rows;
  std::size_t total = 0;
  for (const auto& verdict : {"quarantined", "rejected", "duplicate", "stale"}) {
    auto page = stage.get(fmt::format("/api/v1/documents?limit=200&verdict={}", verdict));
    if (!page) return pass(page);
    const auto items = cli::member_at(*page, "items");
    total += items.get_array().size();
    std::size_t shown = 0;
    for (const auto& item : items.get_array()) {
      if (++shown > exceptions_shown / 3) break;
      rows.push_back({verdict, text_at(item, "path"), text_at(item, "reason").substr(0, 90)});
    }
  }
  stage.narrator.say("What did not simply pass, and why:");
  stage.narrator.table({"verdict", "file", "reason"}, rows);
  stage.narrator.claim(total > 0, fmt::format("{} documents were held back or marked, each with its reason", total));
  return {};
}

}  // namespace

const std::vector<std::string> intake_titles{"source", "listed", "indexed", "unchanged", "duplicate", "stale",
                                             "quarantined", "rejected", "deleted", "took"};

Result<void> sync_source(Stage& stage, const std::string& source, std::vector<std::vector<std::string>>& rows) {
  auto& narrator = stage.narrator;
  const auto start = std::chrono::steady_clock::now();
  const auto report = stage.factory.ingestion->sync(source, false, [&narrator](const ingestion::SyncProgress& progress) {
    narrator.progress(progress.source, progress.done, progress.total);
  });
  narrator.end_progress();
  if (!report) return std::unexpected(report.error());
  std::vector<std::string> row{source, std::to_string(report->listed)};
  std::int64_t accounted = 0;
  for (const auto& verdict : verdicts) {
    const auto count = report->counts.contains(verdict) ? report->counts.at(verdict) : 0;
    if (verdict != "deleted") accounted += count;
    row.push_back(std::to_string(count));
  }
  row.push_back(render_elapsed(std::chrono::steady_clock::now() - start));
  rows.push_back(std::move(row));
  if (!report->error.empty()) narrator.fail(fmt::format("the sync of {} ended well: {}", source, report->error));
  if (accounted != report->listed) {
    narrator.fail(fmt::format("every file of {} is accounted for: {} listed, {} accounted", source, report->listed, accounted));
  }
  return {};
}

Result<void> tell_documents(Stage& stage) {
  auto& narrator = stage.narrator;
  narrator.chapter("Documents come in");
  narrator.say("Each file is landed, checked against its contract, parsed in a sandboxed child process, classified and "
               "compared with the others. Nothing passes silently.");
  std::vector<std::vector<std::string>> rows;
  const auto sources = stage.factory.ingestion->sources();
  for (const auto& source : sources) {
    if (auto done = sync_source(stage, source.name, rows); !done) return pass(done);
  }
  narrator.table(intake_titles, rows);
  narrator.claim(narrator.broken_claims() == 0, fmt::format("every file of {} sources is accounted for", sources.size()));
  return show_exceptions(stage);
}

Result<void> publish_dataset(Stage& stage, const std::string& dataset, const std::string& index) {
  auto& narrator = stage.narrator;
  auto version = stage.post(fmt::format("/api/v1/datasets/{}/snapshot", dataset));
  if (!version) return pass(version);
  narrator.say(fmt::format("Dataset {} version {}: {} documents (+{} ~{} -{}), {}.", dataset, text_at(*version, "version"),
                           text_at(*version, "documents"), text_at(*version, "added"), text_at(*version, "changed"),
                           text_at(*version, "removed"), text_at(*version, "state")));
  if (text_at(*version, "state") == "pending") {
    version = stage.post(fmt::format("/api/v1/datasets/{}/approve", dataset), {{"reason", "read the change log"}});
    if (!version) return pass(version);
  }
  narrator.claim(text_at(*version, "state") == "approved",
                 fmt::format("a person approved it ({})", text_at(*version, "decided_by")));
  const auto start = std::chrono::steady_clock::now();
  const auto built = stage.factory.retrieval->build(index, [&narrator](std::int64_t done, std::int64_t total) {
    narrator.progress("index", done, total);
  });
  narrator.end_progress();
  if (!built) return std::unexpected(built.error());
  stage.factory.delivery->refresh();
  narrator.say(fmt::format("Index {}: {} chunks of {} documents, {}, in {}.", index, built->chunks, built->documents,
                           render_megabytes(built->bytes), render_elapsed(std::chrono::steady_clock::now() - start)));
  narrator.claim(stage.factory.retrieval->live(index) == built->digest,
                 fmt::format("version {} of it serves, switched atomically", built->digest.short_text()));
  return {};
}

Result<void> tell_dataset(Stage& stage) {
  stage.narrator.chapter("A dataset is approved and indexed");
  return publish_dataset(stage, stage.dataset, stage.index);
}

}  // namespace millwright::app::story
