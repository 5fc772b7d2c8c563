// The price list: what models cost, and taking over a list that others keep.
#include "cli/context.hpp"
#include "cli/nouns.hpp"

namespace millwright::cli {

namespace {

Result<int> list(Context& context, const Arguments& arguments) {
  std::string path = "/api/v1/prices";
  if (arguments.has("--vendor")) path += "?vendor=" + encoded(arguments.text("--vendor"));
  auto answer = context.get_all(path);
  if (!answer) return pass(answer);
  context.out().table(*answer, {{"vendor", "VENDOR"},
                                {"model", "MODEL"},
                                {"rates.input", "INPUT"},
                                {"rates.cache_read", "CACHED"},
                                {"rates.output", "OUTPUT"},
                                {"from", "FROM"},
                                {"until", "UNTIL"},
                                {"layer", "LAYER"},
                                {"checked", "READ AT SOURCE"},
                                {"age_days", "DAYS OLD"}});
  context.out().note("USD per million tokens; a model's own `price:` goes before this list");
  return 0;
}

Result<int> show(Context& context, const Arguments& arguments) {
  const auto name = arguments.text("MODEL");
  auto answer = context.get(fmt::format("/api/v1/models/{}/prices", encoded(name)));
  if (!answer && answer.error().code == ErrorCode::NotFound) {
    // No model of that name is configured: it may be one of the list.
    auto listed = context.get_all("/api/v1/prices?model=" + encoded(name));
    if (!listed) return pass(listed);
    const auto items = member_at(*listed, "items");
    if (!items.is_array() || items.get_array().empty()) return pass(answer);
    context.out().json(*listed);
    for (const auto& item : items.get_array()) context.out().line(json::serialize(item));
    return 0;
  }
  if (!answer) return pass(answer);
  context.out().json(*answer);
  context.out().fields(*answer,
                       {{"model", "model"}, {"provider", "provider"}, {"id", "id"}, {"is_unpriced", "unpriced"}});
  if (!context.out().is_json()) {
    context.out().table(json::object{{"items", member_at(*answer, "versions")}}, {{"in_force", "IN FORCE"},
                                                                                  {"layer", "LAYER"},
                                                                                  {"from", "FROM"},
                                                                                  {"until", "UNTIL"},
                                                                                  {"rates.input", "INPUT"},
                                                                                  {"rates.cache_read", "CACHED"},
                                                                                  {"rates.cache_write", "WRITE"},
                                                                                  {"rates.output", "OUTPUT"},
                                                                                  {"version", "VERSION"},
                                                                                  {"source", "SOURCE"}});
  }
  return 0;
}

Result<int> import(Context& context, const Arguments& arguments) {
  const auto file = arguments.text("FILE");
  auto bytes = read_input(file);
  if (!bytes) return pass(bytes);
  auto path = "/api/v1/prices/import?source=" + encoded(arguments.text_or("--source", file));
  if (arguments.has("--dry-run")) path += "&dry_run=true";
  if (arguments.has("--accept-large-changes")) path += "&accept_large_changes=true";
  if (arguments.has("--from")) path += "&from=" + encoded(arguments.text("--from"));
  auto answer = context.post_bytes(path, std::move(*bytes));
  if (!answer) return pass(answer);
  context.out().json(*answer);
  if (context.out().is_json()) return 0;
  context.out().table(json::object{{"items", member_at(*answer, "lines")}}, {{"verdict", "VERDICT"},
                                                                             {"vendor", "VENDOR"},
                                                                             {"model", "MODEL"},
                                                                             {"before.input", "INPUT BEFORE"},
                                                                             {"after.input", "INPUT"},
                                                                             {"before.output", "OUTPUT BEFORE"},
                                                                             {"after.output", "OUTPUT"},
                                                                             {"why", "WHY"}});
  context.out().fields(*answer, {{"format", "format"},
                                 {"new", "new"},
                                 {"changed", "changed"},
                                 {"unchanged", "unchanged"},
                                 {"held", "held back"},
                                 {"skipped", "skipped"}});
  if (arguments.has("--dry-run")) context.out().note("nothing was changed: leave out --dry-run to take it over");
  return 0;
}

}  // namespace

Commands price_commands() {
  return {
      {"price",
       "list",
       "Prices known of vendors' models, and how old they are.",
       {value("--vendor", "Only of this vendor.")},
       {"millwright price list --vendor anthropic"},
       list},
      {"price",
       "show",
       "What a model costs, from when, and by whose word.",
       {positional("MODEL", "Name of a configured model, or a vendor's own.")},
       {"millwright price show small"},
       show},
      {"price",
       "import",
       "Take over prices from a file of LiteLLM, models.dev or your own.",
       {positional("FILE", "model_prices_and_context_window.json, api.json, or - for standard input."),
        flag("--dry-run", "Only say what would change."),
        flag("--accept-large-changes", "Take prices that differ more than tenfold from those known."),
        value("--from", "Date or time from which the new prices hold; now when absent."),
        value("--source", "Where the file is from; its name when absent.")},
       {"millwright price import model_prices_and_context_window.json --dry-run"},
       import},
  };
}

}  // namespace millwright::cli
