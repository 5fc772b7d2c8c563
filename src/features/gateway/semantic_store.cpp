#include "features/gateway/semantic_store.hpp"

#include <memory>

#include <spdlog/spdlog.h>

#include "base/json.hpp"
#include "base/text.hpp"
#include "features/gateway/gateway_sql.hpp"

namespace millwright::gateway {
namespace {

constexpr std::int64_t day_us = 86'400'000'000;

std::int64_t day_of(Timestamp time) { return to_micros(time) / day_us; }

std::string context_of(const std::string& trace) { return "semantic_sample:" + trace; }

void add(SemanticCounts& sum, const SemanticCounts& more) {
  sum.asked += more.asked;
  sum.served += more.served;
  sum.embeddings += more.embeddings;
  sum.embeddings_failed += more.embeddings_failed;
  sum.saved += more.saved;
  sum.embedding_cost += more.embedding_cost;
}

std::string render(const SemanticTexts& texts) {
  const auto cut = [](const std::string& text) {
    return json::value(utf8_prefix(text, SemanticStore::text_bytes_max));
  };
  return json::serialize(json::object{{"question", cut(texts.question)},
                                      {"answer", cut(texts.answer)},
                                      {"original_question", cut(texts.original_question)},
                                      {"original_answer", cut(texts.original_answer)}});
}

Result<SemanticSample> read_sample(const store::Row& row) {
  auto trace = Id::parse(row.text(0));
  if (!trace) return pass(trace);
  SemanticSample sample;
  sample.trace = *trace;
  if (const auto original = Id::parse(row.text(1))) sample.original = *original;
  sample.use_case = row.text(2);
  sample.space = row.text(3);
  sample.time = row.time(4);
  sample.likeness = row.real(5);
  sample.difference = row.text(6);
  sample.would_serve = row.integer(7) != 0;
  sample.says_same = row.integer(8) != 0;
  sample.answer_likeness = row.real(9);
  sample.cost = Money::from_nano(row.integer(10));
  if (!row.is_null(11)) sample.label = row.integer(11) != 0;
  if (!row.is_null(12)) sample.labelled_by = row.text(12);
  return sample;
}

std::unexpected<Error> no_sample(Id trace) {
  auto error = fail(ErrorCode::NotFound, "there is no sample of the call {}", trace.text());
  error.error().where.field = "trace";
  error.error().fix = "GET /api/v1/cache/samples lists those that are kept.";
  return error;
}

}  // namespace

SemanticStore::~SemanticStore() {
  if (auto flushed = flush(); !flushed)
    spdlog::warn("counts of the semantic cache were lost: {}", flushed.error().message);
}

void SemanticStore::count(const std::string& use_case, const std::string& space, const SemanticCounts& more,
                          Timestamp time) {
  const std::scoped_lock lock(mutex_);
  Key key{use_case, space, day_of(time)};
  if (waiting_.size() >= keys_max && !waiting_.contains(key)) return;
  add(waiting_[std::move(key)], more);
}

void SemanticStore::record(SemanticSample sample, const std::optional<SemanticTexts>& texts) {
  const auto trace = sample.trace.text();
  std::string sealed;
  if (texts) {
    auto text = parts_.vault->seal(render(*texts), context_of(trace));
    if (text) sealed = to_base64(*text);
  }
  store::Values values{trace,
                       sample.original.text(),
                       std::move(sample.use_case),
                       std::move(sample.space),
                       to_micros(sample.time),
                       sample.likeness,
                       std::move(sample.difference),
                       std::int64_t{sample.would_serve},
                       std::int64_t{sample.says_same},
                       sample.answer_likeness,
                       sample.cost.nano(),
                       std::move(sealed)};
  auto job = [values = std::move(values)](store::Session& session) -> Result<void> {
    auto inserted = session.execute(sql::insert_semantic_sample, values);
    if (!inserted) return pass(inserted);
    return {};
  };
  const auto report = [](const Result<void>& done) {
    if (!done) spdlog::warn("a sample of the semantic cache was lost: {}", done.error().message);
  };
  report(parts_.writer->submit(std::move(job), report, store::Urgency::Later));
}

Result<void> SemanticStore::flush() {
  std::map<Key, SemanticCounts> taken;
  {
    const std::scoped_lock lock(mutex_);
    taken.swap(waiting_);
  }
  if (taken.empty()) return {};
  std::vector<store::Values> rows;
  for (const auto& [key, counts] : taken) {
    const auto& [use_case, space, day] = key;
    rows.push_back({use_case, space, day, counts.asked, counts.served, counts.saved.nano(), counts.embeddings,
                    counts.embeddings_failed, counts.embedding_cost.nano()});
  }
  auto written = parts_.writer->run(
      [&rows](store::Session& session) { return session.execute_many(sql::add_semantic_day, rows); });
  if (written) return written;
  const std::scoped_lock lock(mutex_);
  for (const auto& [key, counts] : taken) add(waiting_[key], counts);
  return written;
}

Result<std::vector<SemanticTotals>> SemanticStore::totals(const SemanticWindow& window) {
  if (auto flushed = flush(); !flushed) return pass(flushed);
  auto rows = parts_.database->select(sql::semantic_totals, {window.use_case, day_of(window.from), day_of(window.to)});
  if (!rows) return pass(rows);
  std::vector<SemanticTotals> all;
  for (const auto& row : *rows) {
    SemanticTotals totals{row.text(0), row.text(1), {}, from_micros(row.integer(8) * day_us)};
    totals.counts = {row.integer(2),
                     row.integer(3),
                     row.integer(5),
                     row.integer(6),
                     Money::from_nano(row.integer(4)),
                     Money::from_nano(row.integer(7))};
    all.push_back(std::move(totals));
  }
  return all;
}

Result<std::vector<SemanticSample>> SemanticStore::samples(const SemanticWindow& window, std::size_t limit) const {
  // Samples wait for company on their way: whoever asks sees those of calls that have ended.
  if (auto flushed = parts_.writer->flush(); !flushed) return pass(flushed);
  auto rows = parts_.database->select(
      sql::list_semantic_samples,
      {window.use_case, to_micros(window.from), to_micros(window.to), static_cast<std::int64_t>(limit)});
  if (!rows) return pass(rows);
  std::vector<SemanticSample> samples;
  for (const auto& row : *rows) {
    auto sample = read_sample(row);
    if (!sample) return pass(sample);
    samples.push_back(std::move(*sample));
  }
  return samples;
}

Result<std::pair<SemanticSample, std::optional<SemanticTexts>>> SemanticStore::load(Id trace) const {
  auto rows = parts_.database->select(sql::find_semantic_sample, {trace.text()});
  if (!rows) return pass(rows);
  if (rows->empty()) return no_sample(trace);
  auto sample = read_sample(rows->front());
  if (!sample) return pass(sample);
  std::pair<SemanticSample, std::optional<SemanticTexts>> found{std::move(*sample), std::nullopt};
  const auto& kept = rows->front().text(13);
  if (kept.empty()) return found;
  auto sealed = from_base64(kept);
  if (!sealed) return fail(ErrorCode::Corrupt, "the texts of the sample {} are no base64", trace.text());
  auto text = parts_.vault->unseal(*sealed, context_of(trace.text()));
  if (!text) return pass(text);
  auto read = parse_json_object(*text);
  if (!read) return fail(ErrorCode::Corrupt, "the texts of the sample {} cannot be read", trace.text());
  const auto member = [&read](std::string_view name) { return std::string(string_member(*read, name)); };
  found.second =
      SemanticTexts{member("question"), member("answer"), member("original_question"), member("original_answer")};
  return found;
}

Result<void> SemanticStore::label(Id trace, std::optional<bool> label, std::string by) {
  auto changed = std::make_shared<std::int64_t>(0);
  store::Values values{label ? store::Value(std::int64_t{*label}) : store::Value(store::Null()),
                       label ? store::Value(std::move(by)) : store::Value(store::Null()), trace.text()};
  auto labelled = parts_.writer->run([changed, values](store::Session& session) -> Result<void> {
    auto count = session.execute(sql::label_semantic_sample, values);
    if (!count) return pass(count);
    *changed = *count;
    return {};
  });
  if (!labelled) return labelled;
  if (*changed == 0) return no_sample(trace);
  return {};
}

Result<std::int64_t> SemanticStore::drop_before(Timestamp time) {
  auto dropped = std::make_shared<std::int64_t>(0);
  auto done = parts_.writer->run([dropped, time](store::Session& session) -> Result<void> {
    auto old = session.execute(sql::drop_semantic_samples, {to_micros(time)});
    if (!old) return pass(old);
    *dropped = *old;
    auto days = session.execute(sql::drop_semantic_days, {day_of(time)});
    if (!days) return pass(days);
    auto names = session.query(sql::semantic_use_cases);
    if (!names) return pass(names);
    for (const auto& row : *names) {
      auto surplus = session.execute(sql::drop_semantic_surplus, {row.text(0), samples_max - 1});
      if (!surplus) return pass(surplus);
      *dropped += *surplus;
    }
    return {};
  });
  if (!done) return pass(done);
  return *dropped;
}

}  // namespace millwright::gateway
