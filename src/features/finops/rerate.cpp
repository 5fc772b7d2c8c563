// Re-rating: what calls cost by the prices of their own time, page by page.
#include "features/audit/audit.hpp"
#include "features/finops/accounts_book.hpp"
#include "features/finops/finops_sql.hpp"
#include "features/finops/scopes.hpp"

namespace millwright::finops {

Result<std::vector<PendingRow>> LedgerStore::next_rows(store::Session& session, const Span& span) const {
  constexpr Duration slack(60'000);  // a row is dated when its call began, as its id is: the time itself decides
  auto rows =
      session.query(sql::rerate_page,
                    {first_trace_high_at(span.from, -slack), first_trace_high_at(span.to, slack), to_micros(span.from),
                     to_micros(span.to), high_of(span.after), low_of(span.after), span.after_attempt, span.rows_max});
  if (!rows) return pass(rows);
  std::vector<PendingRow> page;
  for (const auto& row : *rows) {
    PendingRow pending;
    pending.row = read_row(row);
    pending.attempt = static_cast<std::uint32_t>(row.integer(2));
    page.push_back(std::move(pending));
  }
  return page;
}

Result<void> LedgerStore::rewrite_costs(store::Session& session, const std::vector<PendingRow>& rows,
                                        const Differences& differences) {
  auto repeated = repeat_uncommitted_names(session);
  if (!repeated) return repeated;
  std::vector<store::Values> batch;
  for (const auto& [row, attempt, state, worst_case] : rows) {
    auto version = number_of(session, row.facts.price_version);
    if (!version) return pass(version);
    const auto trace = row.facts.trace;
    batch.push_back({row.cost.nano(), *version, flags_of(row), high_of(trace), low_of(trace), std::int64_t{attempt}});
  }
  if (batch.empty()) return {};
  auto updated = session.execute_many(sql::rerate_row, batch);
  if (!updated) return updated;
  for (const auto& [key, difference] : differences) {
    if (difference == Money()) continue;
    auto added = session.execute(sql::add_spend, {key.first, key.second, difference.nano()});
    if (!added) return pass(added);
  }
  return {};
}

namespace {

/// One page, recomputed. Filled anew each time the writer runs the job.
struct Page {
  std::size_t rows = 0;
  Id last;
  std::int64_t last_attempt = -1;
  std::vector<PendingRow> changed;
  LedgerStore::Differences differences;
  std::vector<std::pair<CallFacts, Money>> corrections;  // with the difference, for running budgets
  RerateReport report;
  Money before, after;
};

void rerate_row(PendingRow& pending, const PriceBook& book, Page& page) {
  auto& row = pending.row;
  auto& sum = page.report.by_use_case[row.facts.use_case];
  const auto before = row.cost;
  const auto* version = book.find_version(row.facts.model, row.facts.time);
  if (row.tokens == TokenCounts() || is_flat_price(row.facts.price_version)) {
    if (row.cost != Money()) ++page.report.unmetered;
  } else if (version == nullptr) {
    ++page.report.unknown;
  } else {
    const auto price = price_like(version->price, row.facts.price_version);
    row.cost = cost_of(row.tokens, price, {row.tier, row.facts.time});
    const bool is_unpriced = price.is_unpriced || !price.has_tier(row.tier);
    const bool is_changed =
        row.cost != before || row.is_unpriced != is_unpriced || row.facts.price_version != price.version;
    if (is_changed) {
      const auto difference = row.cost - before;
      row.is_unpriced = is_unpriced;
      row.facts.price_version = price.version;
      for_each_scope(row.facts, [&](std::string_view scope) {
        page.differences[{std::string(scope), hour_of(row.facts.time)}] += difference;
      });
      page.corrections.emplace_back(row.facts, difference);
      page.changed.push_back(pending);
      ++sum.changed;
    }
  }
  ++sum.calls;
  sum.before += before;
  sum.after += row.cost;
  page.before += before;
  page.after += row.cost;
}

Result<void> read_page(store::Session& session, const LedgerStore& ledger, const LedgerStore::Span& span,
                       const PriceBook& book, Page& page) {
  page = Page();
  auto rows = ledger.next_rows(session, span);
  if (!rows) return pass(rows);
  page.rows = rows->size();
  for (auto& pending : *rows) {
    page.last = pending.row.facts.trace;
    page.last_attempt = pending.attempt;
    rerate_row(pending, book, page);
  }
  return {};
}

void add_report(RerateReport& whole, const RerateReport& part) {
  for (const auto& [use_case, sum] : part.by_use_case) {
    auto& total = whole.by_use_case[use_case];
    total.calls += sum.calls;
    total.changed += sum.changed;
    total.before += sum.before;
    total.after += sum.after;
  }
  whole.unknown += part.unknown;
  whole.unmetered += part.unmetered;
}

audit::Entry entry_of(const RerateRequest& request, const Page& page) {
  audit::Entry entry;
  entry.actor = request.actor;
  entry.action = "cost.rerate";
  entry.object = "ledger/" + page.last.text();
  entry.detail = {{"from", render_time(request.from)},
                  {"to", render_time(request.to)},
                  {"calls", page.rows},
                  {"changed", page.changed.size()},
                  {"before_usd", render_decimal(page.before)},
                  {"after_usd", render_decimal(page.after)}};
  return entry;
}

}  // namespace

Result<RerateReport> AccountsBook::rerate(const RerateRequest& request, const PriceBook& book, audit::Audit& audit) {
  auto flushed = flush();
  if (!flushed) return pass(flushed);
  RerateReport report;
  LedgerStore::Span span{.from = request.from, .to = request.to, .after = {}};
  for (;;) {
    Page page;
    const auto job = [&](store::Session& session) -> Result<void> {
      auto read = read_page(session, ledger_, span, book, page);
      if (!read || request.is_dry_run || page.changed.empty()) return read;
      auto rewritten = ledger_.rewrite_costs(session, page.changed, page.differences);
      if (!rewritten) return rewritten;
      return audit.append(session, entry_of(request, page));
    };
    const std::scoped_lock lock(sums_mutex_);
    auto done = request.is_dry_run ? database_.read(job) : writer_.run(job);
    if (!done) return pass(done);
    if (!request.is_dry_run) {
      for (const auto& [facts, difference] : page.corrections) {
        for_each_scope(facts, [&](std::string_view scope) { budgets_.correct(scope, facts.time, difference); });
      }
    }
    add_report(report, page.report);
    if (page.rows < static_cast<std::size_t>(span.rows_max)) break;
    span.after = page.last;
    span.after_attempt = page.last_attempt;
  }
  if (!request.is_dry_run) waiting_.wake_some();  // what became cheaper may let them in
  return report;
}

}  // namespace millwright::finops
