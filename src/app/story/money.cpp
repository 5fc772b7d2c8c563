// Chapters 9 and 10: a tiny budget that holds under its limit and warns in time; what everything cost and was worth.
#include "app/story/stage.hpp"
#include "cli/output.hpp"

namespace millwright::app::story {

namespace {

constexpr int calls_max = 400;

/// A metered pass-through to the built-in model at an invented price, with a budget of its own: set up live as objects
/// of the console, and taken away afterwards.
struct Demonstration {
  std::string name;
  std::string yaml;
  std::vector<std::string> objects;
};

Demonstration make_demonstration(const std::string& owner) {
  Demonstration demonstration;
  demonstration.name = "tiny-budget-" + Id::generate().text().substr(26);
  const auto& name = demonstration.name;
  demonstration.yaml = fmt::format(
      "models:\n  - {{name: {0}, provider: builtin, price: {{input: 20 USD/Mtok, output: 20 USD/Mtok}}}}\n"
      "routes:\n  - {{name: {0}, targets: [{{model: {0}}}], retries: 0}}\n"
      "use_cases:\n  - {{name: {0}, owner: {1}, risk_tier: T0, data_class: public, route: {0}, max_output_tokens: 16, "
      "cache: {{enabled: false}}, outcome: {{name: question_answered, value: 0.50 USD}}, "
      "budget: {{limit: 0.05 USD, per: month, alerts: [50, 75, 90], at_limit: block}}}}\n",
      name, owner);
  demonstration.objects = {"models/" + name, "routes/" + name, "use_cases/" + name};
  return demonstration;
}

Result<void> change_config(Stage& stage, const json::object& edit, const std::string& reason) {
  auto plan = stage.post("/api/v1/config/plan", edit);
  if (!plan) return pass(plan);
  auto applied = stage.post("/api/v1/config/apply", {{"plan", *plan}, {"reason", reason}});
  if (!applied) return pass(applied);
  return {};
}

/// Asks until the budget is exhausted; the number of answered calls, or 0 when it never was.
Result<int> spend(Stage& stage, const std::string& use_case, std::string& refusal) {
  for (int calls = 0; calls < calls_max; ++calls) {
    auto answer = stage.post(fmt::format("/api/v1/use-cases/{}/ask", use_case),
                             {{"question", fmt::format("Question {}: what does one more answer cost?", calls)}});
    if (!answer) return pass(answer);
    if (text_at(*answer, "error.code") == "budget_exhausted") {
      refusal = text_at(*answer, "error.message");
      return calls;
    }
    if (text_at(*answer, "status") != "ok") return fail(ErrorCode::Internal, "{}", text_at(*answer, "error.message"));
    stage.tiny_trace = text_at(*answer, "trace");
  }
  return 0;
}

Result<std::vector<std::string>> alerts_about(Stage& stage, const std::string& use_case) {
  auto flushed = stage.factory.writer->flush();
  if (!flushed) return pass(flushed);
  auto page = stage.get("/api/v1/alerts?state=all&limit=200");
  if (!page) return pass(page);
  std::vector<std::string> titles;
  const auto items = cli::member_at(*page, "items");
  for (const auto& alert : items.get_array()) {
    const bool is_ours = text_at(alert, "key").find(use_case) != std::string::npos;
    if (is_ours) titles.push_back(text_at(alert, "title") + " — " + text_at(alert, "why") + " {" + text_at(alert, "key") + "}");
  }
  return titles;
}

/// What the application says an answer was worth.
Result<void> record_outcome(Stage& stage, const std::string& trace) {
  auto flushed = stage.factory.writer->flush();
  if (!flushed) return pass(flushed);
  auto outcome = stage.post("/api/v1/outcomes", {{"trace", trace}});
  if (!outcome) return pass(outcome);
  stage.narrator.say(fmt::format("{} reports an outcome: {}, worth {} USD.", text_at(*outcome, "use_case"),
                                 text_at(*outcome, "name"), text_at(*outcome, "worth_usd")));
  return {};
}

bool mentions(const std::vector<std::string>& texts, std::string_view part) {
  return std::ranges::any_of(texts, [part](const auto& text) { return text.find(part) != std::string::npos; });
}

}  // namespace

Result<void> tell_budget(Stage& stage) {
  auto& narrator = stage.narrator;
  narrator.chapter("A budget warns at 50, 75 and 90 %, and holds");
  const auto use_case = stage.get("/api/v1/use-cases/" + stage.use_case);
  if (!use_case) return std::unexpected(use_case.error());
  const auto demonstration = make_demonstration(text_at(*use_case, "owner"));
  if (auto done = change_config(stage, {{"yaml", demonstration.yaml}}, "a tiny budget to show"); !done) return pass(done);
  std::string refusal;
  auto calls = spend(stage, demonstration.name, refusal);
  if (!calls) return pass(calls);
  auto budgets = stage.get("/api/v1/budgets");
  if (!budgets) return pass(budgets);
  std::string spent;
  const auto items = cli::member_at(*budgets, "items");
  for (const auto& budget : items.get_array()) {
    if (text_at(budget, "scope") == "use_case/" + demonstration.name) spent = text_at(budget, "settled_usd");
  }
  narrator.say(fmt::format("A use case with 0.05 USD and a metered model, applied live: {} calls were answered for {} USD.",
                           *calls, spent));
  narrator.quote(refusal);
  auto alerts = alerts_about(stage, demonstration.name);
  if (!alerts) return pass(alerts);
  for (const auto& alert : *alerts) narrator.say(alert);
  narrator.claim(mentions(*alerts, ":50}") && mentions(*alerts, ":75}") && mentions(*alerts, ":90}"),
                 "alerts were raised at 50, 75 and 90 %");
  const auto money = parse_money(spent + " USD");
  narrator.claim(*calls > 0 && money && *money <= Money::from_nano(50'000'000),
                 "the call that did not fit was refused before it was made; the limit was not passed");
  if (auto done = record_outcome(stage, stage.tiny_trace); !done) return pass(done);
  json::array names;
  for (const auto& name : demonstration.objects) names.emplace_back(name);
  return change_config(stage, {{"removed", std::move(names)}}, "the demonstration is over");
}

Result<void> tell_costs(Stage& stage) {
  auto& narrator = stage.narrator;
  narrator.chapter("What it cost, and what it was worth");
  auto report = stage.get("/api/v1/costs?by=team,use_case,environment,model");
  if (!report) return pass(report);
  std::vector<std::vector<std::string>> rows;
  const auto lines = cli::member_at(*report, "rows");
  Money sum;
  for (const auto& row : lines.get_array()) {
    rows.push_back({text_at(row, "team"), text_at(row, "use_case"), text_at(row, "environment"), text_at(row, "model"),
                    text_at(row, "requests"), text_at(row, "input_tokens"), text_at(row, "output_tokens"),
                    text_at(row, "cost_usd")});
    if (const auto cost = parse_money(text_at(row, "cost_usd") + " USD")) sum += *cost;
  }
  narrator.table({"team", "use case", "environment", "model", "calls", "input", "output", "USD"}, rows);
  narrator.claim(!rows.empty() && render_decimal(sum) == text_at(*report, "total.cost_usd"),
                 fmt::format("the rows add up to the total of {} USD, exactly", text_at(*report, "total.cost_usd")));
  if (auto done = record_outcome(stage, stage.first_trace); !done) return pass(done);
  auto totals = stage.get("/api/v1/outcomes");
  if (!totals) return pass(totals);
  std::vector<std::vector<std::string>> worth;
  const auto items = cli::member_at(*totals, "items");
  for (const auto& item : items.get_array()) {
    worth.push_back({text_at(item, "use_case"), text_at(item, "name"), text_at(item, "count"), text_at(item, "worth_usd"),
                     text_at(item, "cost_usd"), text_at(item, "cost_per_outcome_usd")});
  }
  narrator.table({"use case", "outcome", "count", "worth USD", "cost USD", "USD each"}, worth);
  narrator.claim(!worth.empty(), "cost per business outcome is known, not guessed");
  return {};
}

}  // namespace millwright::app::story
