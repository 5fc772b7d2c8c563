#include "api/admin/route_comparison.hpp"

#include <algorithm>
#include <map>

#include "api/admin/shapes.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

constexpr std::size_t pages_max = 50, page_rows = 200;  // of the ledger, newest first
constexpr std::size_t examples_max = 10;

struct Side {
  Money cost;
  std::vector<std::uint32_t> duration_us, first_token_us;
  std::int64_t bytes = 0;
};
struct Example {
  double agreement = 0;
  std::string original, shadow;
};
/// All pairs of one original and one shadow model.
struct Pairs {
  std::int64_t compared = 0, failed = 0;
  Side original, shadow;
  double agreement = 0, agreement_least = 1;
  std::vector<Example> examples;  // least agreement first
};
using Key = std::array<std::string, 3>;  // route, model, shadow model

std::int64_t integer_of(const json::object& object, std::string_view name) {
  const auto* value = find_member(object, name);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}
double number_of(const json::object& object, std::string_view name) {
  const auto* value = find_member(object, name);
  return value == nullptr     ? 0
         : value->is_double() ? value->get_double()
                              : static_cast<double>(integer_of(object, name));
}

json::value quantile_json(std::vector<std::uint32_t> values, double share) {
  if (values.empty()) return nullptr;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1) + 0.5);
  std::ranges::nth_element(values, at);
  return *at;
}

json::object side_json(const std::string& model, const Side& side, std::int64_t count) {
  return {{"model", model},
          {"cost_usd", render_decimal(side.cost)},
          {"duration_us_p50", quantile_json(side.duration_us, 0.5)},
          {"duration_us_p95", quantile_json(side.duration_us, 0.95)},
          {"first_token_us_p50", quantile_json(side.first_token_us, 0.5)},
          {"bytes_mean", count == 0 ? json::value(nullptr) : json::value(side.bytes / count)}};
}

json::object pairs_json(const Key& key, Pairs& pairs) {
  json::array examples;
  for (const auto& example : pairs.examples) {
    examples.push_back(
        json::object{{"agreement", example.agreement}, {"original", example.original}, {"shadow", example.shadow}});
  }
  const bool is_any = pairs.compared > 0;
  return {{"route", key[0]},
          {"compared", pairs.compared},
          {"failed", pairs.failed},
          {"original", side_json(key[1], pairs.original, pairs.compared)},
          {"shadow", side_json(key[2], pairs.shadow, pairs.compared)},
          {"agreement_mean",
           is_any ? json::value(pairs.agreement / static_cast<double>(pairs.compared)) : json::value(nullptr)},
          {"agreement_least", is_any ? json::value(pairs.agreement_least) : json::value(nullptr)},
          {"least_alike", std::move(examples)}};
}

void note(Side& side, Money cost, std::uint32_t duration_us, std::uint32_t first_token_us, std::int64_t bytes) {
  side.cost += cost;
  side.duration_us.push_back(duration_us);
  if (first_token_us > 0) side.first_token_us.push_back(first_token_us);
  side.bytes += bytes;
}

/// What the shadow call wrote down about itself and its original.
void add_pair(std::map<Key, Pairs>& all, const finops::LedgerRow& row, const telemetry::Decision& decision) {
  const auto evidence = parse_json_object(decision.evidence);
  if (!evidence) return;
  const auto route = decision.rule.starts_with("route:") ? decision.rule.substr(6) : decision.rule;
  auto& pairs = all[{route, std::string(string_member(*evidence, "model")), row.facts.model}];
  const auto cost = parse_money(fmt::format("{} USD", string_member(*evidence, "cost_usd")));
  if (decision.verdict != "compare") {
    ++pairs.failed;
    pairs.shadow.cost += row.cost;
    return;
  }
  ++pairs.compared;
  note(pairs.original, cost ? *cost : Money(), static_cast<std::uint32_t>(integer_of(*evidence, "duration_us")),
       static_cast<std::uint32_t>(integer_of(*evidence, "first_token_us")), integer_of(*evidence, "bytes"));
  note(pairs.shadow, row.cost, row.duration_us, row.first_token_us, integer_of(*evidence, "shadow_bytes"));
  const auto agreement = number_of(*evidence, "agreement");
  pairs.agreement += agreement;
  pairs.agreement_least = std::min(pairs.agreement_least, agreement);
  const auto place = std::ranges::lower_bound(pairs.examples, agreement, {}, &Example::agreement);
  pairs.examples.insert(place, {agreement, std::string(string_member(*evidence, "of")), row.facts.trace.text()});
  if (pairs.examples.size() > examples_max) pairs.examples.pop_back();
}

}  // namespace

Result<Response> compare_routes(const RoutingParts& parts, const Call& call) {
  Query query(call.request);
  finops::LedgerQuery wanted;
  wanted.use_case = query.required("use_case");
  const auto window = window_of(query, parts.clock->now());
  const auto most = static_cast<std::size_t>(query.integer("limit", 1, 2'000, 500));
  if (auto ok = query.check(); !ok) return pass(ok);
  if (auto use_case = load_use_case(*parts.gateway, wanted.use_case); !use_case)
    return std::unexpected(use_case.error());
  wanted.from = window.from;
  wanted.to = window.to;
  wanted.limit = page_rows;
  std::map<Key, Pairs> all;
  std::size_t found = 0;
  for (std::size_t i = 0; i < pages_max && found < most; ++i) {
    const auto page = parts.accounts->list(wanted);
    if (!page) return std::unexpected(page.error());
    for (const auto& row : page->rows) {
      if (row.facts.surface != "shadow" || found >= most) continue;
      const auto trace = parts.traces->load(row.facts.trace);
      if (!trace) continue;
      const auto decision =
          std::ranges::find(trace->decisions, std::string_view("shadow"), &telemetry::Decision::stage);
      if (decision == trace->decisions.end()) continue;
      add_pair(all, row, *decision);
      ++found;
    }
    if (page->next_cursor.empty()) break;
    wanted.cursor = page->next_cursor;
  }
  json::array items;
  for (auto& [key, pairs] : all) items.push_back(pairs_json(key, pairs));
  return json_answer(json::object{{"use_case", wanted.use_case},
                                  {"from", render_time(window.from)},
                                  {"to", render_time(window.to)},
                                  {"calls", found},
                                  {"items", std::move(items)}});
}

}  // namespace millwright::api
