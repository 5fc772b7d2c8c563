// "Are we OK, and what needs me?": tiles, what needs a person, the scorecard of use cases, what changed, first steps.
#include "api/admin/groups.hpp"
#include "api/admin/shapes.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"
#include "features/approval/approval.hpp"
#include "features/audit/audit.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

constexpr std::size_t calls_sampled = 1000;
constexpr std::size_t attention_max = 20;
constexpr std::size_t changes_max = 20;

/// Counts over the newest calls of the window.
struct Sample {
  std::int64_t calls = 0, refused = 0, failed = 0;
  std::vector<std::uint32_t> durations_us;

  [[nodiscard]] double error_rate() const {
    return calls == 0 ? 0.0 : static_cast<double>(failed) / static_cast<double>(calls);
  }
  [[nodiscard]] json::value latency_ms_p95() const {
    if (durations_us.empty()) return nullptr;
    auto sorted = durations_us;
    std::ranges::sort(sorted);
    return sorted[(sorted.size() * 95 - 1) / 100] / 1000.0;
  }
  void add(const finops::LedgerRow& row) {
    ++calls;
    refused += row.status == telemetry::TraceStatus::Refused ? 1 : 0;
    const bool is_failure =
        row.status == telemetry::TraceStatus::Failed || row.status == telemetry::TraceStatus::Interrupted;
    failed += is_failure ? 1 : 0;
    if (row.status == telemetry::TraceStatus::Ok) durations_us.push_back(row.duration_us);
  }
};
using Samples = std::map<std::string, Sample, std::less<>>;   // by use case; "" is all

Result<Samples> sample_calls(const HomeParts& parts, const Window& window) {
  Samples samples;
  finops::LedgerQuery query;
  query.from = window.from;
  query.to = window.to;
  query.limit = 200;
  std::size_t seen = 0;
  do {
    auto page = parts.accounts->list(query);
    if (!page) return pass(page);
    for (const auto& row : page->rows) {
      samples[""].add(row);
      samples[row.facts.use_case].add(row);
    }
    seen += page->rows.size();
    query.cursor = page->next_cursor;
  } while (!query.cursor.empty() && seen < calls_sampled);
  return samples;
}

struct Spend {
  std::int64_t requests = 0;
  Money cost, saved;
};

Result<std::map<std::string, Spend, std::less<>>> spend_by_use_case(const HomeParts& parts, const Window& window) {
  auto rows = parts.accounts->report({{"use_case"}, window.from, window.to});
  if (!rows) return pass(rows);
  std::map<std::string, Spend, std::less<>> spend;
  for (const auto& row : *rows) {
    for (const auto& name : {row.dimensions.at(0), std::string()}) {
      spend[name].requests += row.requests;
      spend[name].cost += row.cost;
      spend[name].saved += row.saved;
    }
  }
  return spend;
}

json::object item(std::string_view severity, std::string_view title, std::string_view why, std::string_view object,
                  std::string_view href, json::value since) {
  return {{"severity", severity}, {"title", title}, {"why", why},
          {"object", object},     {"href", href},   {"since", std::move(since)}};
}

Result<json::array> attention(const HomeParts& parts) {
  json::array items;
  auto alerts = parts.alerts->list(true, attention_max);
  if (!alerts) return pass(alerts);
  for (const auto severity : {"critical", "warning", "info"}) {
    for (const auto& alert : *alerts) {
      if (alert.severity != severity || alert.acknowledged) continue;
      items.push_back(item(severity, alert.title, alert.why, alert.object, "/alerts", time_json(alert.raised)));
    }
  }
  approval::Filter open;
  open.state = approval::State::Open;
  auto requests = parts.inbox->list(open, {}, attention_max);
  if (!requests) return pass(requests);
  for (const auto& request : requests->requests) {
    items.push_back(item("warning", request.title, "waits for a decision", request.object, "/approvals",
                         time_json(request.created_at)));
  }
  for (const auto& use_case : parts.gateway->state()->config.use_cases) {
    const bool is_missing = !use_case.index.empty() && parts.retrieval->live(use_case.index).is_none();
    if (!is_missing) continue;
    items.push_back(item("warning", fmt::format("{} has no index yet", use_case.name),
                         "its questions find nothing until the index is built", "index/" + use_case.index, "/data",
                         nullptr));
  }
  return items;
}

Result<json::array> changes(const HomeParts& parts) {
  auto page = parts.audit->list({}, {}, changes_max);
  if (!page) return pass(page);
  json::array items;
  for (const auto& record : page->records) {
    const auto& entry = record.entry;
    items.push_back(json::object{{"time", render_time(entry.time)},
                                 {"actor", entry.actor},
                                 {"action", entry.action},
                                 {"object", entry.object},
                                 {"summary", fmt::format("{} {} {}", entry.actor, entry.action, entry.object)}});
  }
  return items;
}

json::object step(std::string_view id, std::string_view title, bool is_done, std::string_view href,
                  std::string_view command) {
  return {{"id", id}, {"title", title}, {"is_done", is_done}, {"href", href}, {"command", command}};
}

Result<json::array> first_run(const HomeParts& parts, std::int64_t requests, bool has_outcome) {
  auto keys = parts.keys->list();
  if (!keys) return pass(keys);
  bool has_index = false;
  for (const auto& index : parts.retrieval->indexes()) has_index |= !parts.retrieval->live(index.name).is_none();
  bool has_signed = false;
  for (const auto& use_case : parts.gateway->state()->config.use_cases) {
    const auto live = parts.delivery->live(use_case.name);
    has_signed |= live && !live->stable.id.starts_with("config@");
  }
  const bool has_use_case = !parts.gateway->state()->config.use_cases.empty();
  return json::array{
      step("use_case", "Describe a use case", has_use_case, "/use-cases", "millwright config plan"),
      step("index", "Build an index", has_index, "/data", "millwright index build NAME"),
      step("key", "Make a key", !keys->empty(), "/access", "millwright key create --use-case NAME"),
      step("ask", "Ask a question", requests > 0, "/ask", "millwright chat NAME \"question\""),
      step("release", "Sign and promote a release", has_signed, "/releases", "millwright release create NAME"),
      step("outcome", "Record an outcome", has_outcome, "/costs", "millwright outcome record --trace ID"),
  };
}

json::object health_json(const HomeParts& parts, const gateway::UseCaseConfig& use_case, const Spend& spend,
                         const Sample& sample, const json::array& totals) {
  const auto live = parts.delivery->live(use_case.name);
  const auto budgets = parts.accounts->budgets();
  const auto* budget = find_budget(budgets, "use_case/" + use_case.name);
  json::object row{{"name", use_case.name},
                   {"owner", use_case.owner},
                   {"state", use_case.is_paused ? "paused" : use_case.needs_release && !live ? "needs_release" : "serving"},
                   {"requests", spend.requests},
                   {"refused", sample.refused},
                   {"failed", sample.failed},
                   {"error_rate", sample.error_rate()},
                   {"cost_usd", money_json(spend.cost)},
                   {"saved_usd", money_json(spend.saved)},
                   {"budget", budget ? json::value(budget_json(*budget, parts.clock->now())) : json::value(nullptr)},
                   {"live_release", live ? json::value(live->stable.id) : json::value(nullptr)},
                   {"outcome_name", use_case.outcome_name},
                   {"outcomes", 0},
                   {"outcome_worth_usd", "0"},
                   {"cost_per_outcome_usd", nullptr}};
  for (const auto& value : totals) {
    const auto& total = value.as_object();
    const bool is_own = string_member(total, "use_case") == use_case.name &&
                        string_member(total, "name") == use_case.outcome_name;
    if (!is_own) continue;
    row["outcomes"] = total.at("count");
    row["outcome_worth_usd"] = total.at("worth_usd");
    row["cost_per_outcome_usd"] = total.at("cost_per_outcome_usd");
  }
  return row;
}

/// Documents that serve, and those in quarantine, from the newest intake report of each source.
std::pair<std::int64_t, std::int64_t> count_documents(const ingestion::Ingestion& ingestion) {
  std::int64_t documents = 0;
  std::int64_t quarantined = 0;
  for (const auto& source : ingestion.sources()) {
    const auto reports = ingestion.reports(source.name, 1);
    if (!reports || reports->empty()) continue;
    for (const auto& [verdict, count] : reports->front().counts) {
      if (verdict == "indexed" || verdict == "unchanged") documents += count;
      if (verdict == "quarantined") quarantined += count;
    }
  }
  return {documents, quarantined};
}

json::object tiles_json(const HomeParts& parts, const Spend& spend, const Sample& sample,
                        const std::vector<telemetry::OutcomeTotals>& outcomes) {
  Money worth;
  std::int64_t count = 0;
  for (const auto& total : outcomes) {
    worth += total.worth;
    count += total.count;
  }
  const auto [documents, quarantined] = count_documents(*parts.ingestion);
  return {{"requests", spend.requests},
          {"refused", sample.refused},
          {"failed", sample.failed},
          {"error_rate", sample.error_rate()},
          {"latency_ms_p95", sample.latency_ms_p95()},
          {"cost_usd", money_json(spend.cost)},
          {"saved_usd", money_json(spend.saved)},
          {"outcomes", count},
          {"outcome_worth_usd", money_json(worth)},
          {"documents", documents},
          {"quarantined", quarantined}};
}

Result<Response> get_home(const HomeParts& parts, const Call& call) {
  Query query(call.request);
  const auto window = window_of(query, parts.clock->now());
  if (auto ok = query.check(); !ok) return pass(ok);
  auto samples = sample_calls(parts, window);
  if (!samples) return pass(samples);
  auto spend = spend_by_use_case(parts, window);
  if (!spend) return pass(spend);
  auto outcomes = parts.outcomes->totals(window.from, window.to);
  if (!outcomes) return pass(outcomes);
  auto totals = outcome_totals(*parts.outcomes, *parts.accounts, window.from, window.to);
  if (!totals) return pass(totals);
  auto needs = attention(parts);
  if (!needs) return pass(needs);
  auto changed = changes(parts);
  if (!changed) return pass(changed);
  auto steps = first_run(parts, (*spend)[""].requests, !outcomes->empty());
  if (!steps) return pass(steps);
  json::array use_cases;
  for (const auto& use_case : parts.gateway->state()->config.use_cases) {
    use_cases.push_back(
        health_json(parts, use_case, (*spend)[use_case.name], (*samples)[use_case.name], *totals));
  }
  return json_answer(json::object{{"version", parts.version},
                                  {"from", render_time(window.from)},
                                  {"to", render_time(window.to)},
                                  {"tiles", tiles_json(parts, (*spend)[""], (*samples)[""], *outcomes)},
                                  {"attention", std::move(*needs)},
                                  {"use_cases", std::move(use_cases)},
                                  {"changes", std::move(*changed)},
                                  {"first_run", std::move(*steps)}});
}

}  // namespace

Routes home_routes(const HomeParts& parts) {
  return {row(io::http::Method::Get, "/api/v1/home", Access::Viewer, get_home, parts)};
}

}  // namespace millwright::api
