// What the caches and compression have done.
#include <algorithm>

#include "cli/context.hpp"
#include "cli/nouns.hpp"

namespace millwright::cli {
namespace {

/// One list of the economy's answer as a table, or as it is.
Result<int> show(Context& context, std::string_view list, const std::vector<Column>& columns) {
  auto answer = context.get("/api/v1/economy");
  if (!answer) return pass(answer);
  const json::object shown{{"since", member_at(*answer, "since")}, {"items", member_at(*answer, list)}};
  context.out().json(shown);
  if (context.out().is_json()) return 0;
  context.out().table(shown, columns);
  context.out().fields(shown, {{"since", "since"}});
  return 0;
}

std::string query_of(const Arguments& arguments, std::initializer_list<std::string_view> names) {
  std::string query;
  for (const auto name : names) {
    const auto text = arguments.text("--" + std::string(name));
    if (text.empty()) continue;
    auto member = std::string(name);
    std::ranges::replace(member, '-', '_');
    query += (query.empty() ? "?" : "&") + member + "=" + encoded(text);
  }
  return query;
}

/// The curve of each line, and what it speaks for.
void print_curves(const Context& context, const json::value& answer) {
  const auto items = member_at(answer, "items");
  if (!items.is_array()) return;
  for (const auto& item : items.get_array()) {
    const auto curve = member_at(item, "curve");
    if (!curve.is_array() || curve.get_array().empty()) continue;
    context.out().fields(item, {{"use_case", "use case"},
                                {"similarity", "similarity"},
                                {"samples", "samples"},
                                {"labelled", "labelled"},
                                {"advice.threshold_percent", "advised threshold"},
                                {"advice.because", "because"}});
    context.out().table(json::object{{"items", curve}}, {{"threshold_percent", "THRESHOLD"},
                                                         {"shared", "SHARED"},
                                                         {"right", "RIGHT"},
                                                         {"precision", "PRECISION"},
                                                         {"precision_least", "AT LEAST"},
                                                         {"recall", "RECALL"}});
  }
}

Result<int> report_cache(Context& context, const Arguments& arguments) {
  auto answer = context.get("/api/v1/cache" + query_of(arguments, {"use-case", "from", "to", "precision-percent"}));
  if (!answer) return pass(answer);
  context.out().json(*answer);
  if (context.out().is_json()) return 0;
  context.out().table(*answer, {{"use_case", "USE CASE"},
                                {"similarity", "SIMILARITY"},
                                {"mode", "MODE"},
                                {"threshold_percent", "AT"},
                                {"asked", "ASKED"},
                                {"served", "SERVED"},
                                {"shadowed", "WOULD SERVE"},
                                {"agreed", "AGREED"},
                                {"precision", "PRECISION"},
                                {"saved_usd", "SAVED USD"},
                                {"embedding_usd", "EMBEDDINGS USD"},
                                {"would_save_usd", "WOULD SAVE USD"}});
  print_curves(context, *answer);
  context.out().fields(*answer, {{"since", "since"}});
  return 0;
}

Result<int> list_samples(Context& context, const Arguments& arguments) {
  auto answer = context.get("/api/v1/cache/samples" + query_of(arguments, {"use-case", "from", "to", "limit"}));
  if (!answer) return pass(answer);
  context.out().table(*answer, {{"trace", "CALL"},
                                {"original", "LIKE"},
                                {"similarity", "SIMILARITY"},
                                {"likeness", "LIKENESS"},
                                {"difference", "DIFFERS IN"},
                                {"says_same", "SAYS THE SAME"},
                                {"label", "LABEL"}});
  return 0;
}

Result<int> show_sample(Context& context, const Arguments& arguments) {
  auto answer = context.get("/api/v1/cache/samples/" + encoded(arguments.text("CALL")));
  if (!answer) return pass(answer);
  context.out().json(*answer);
  context.out().fields(*answer, {{"trace", "call"},
                                 {"original", "like"},
                                 {"likeness", "likeness"},
                                 {"difference", "differs in"},
                                 {"says_same", "says the same"},
                                 {"label", "label"},
                                 {"texts.question", "question"},
                                 {"texts.original_question", "earlier question"},
                                 {"texts.answer", "answer"},
                                 {"texts.original_answer", "earlier answer"}});
  return 0;
}

Result<int> label_sample(Context& context, const Arguments& arguments) {
  auto answer = context.post("/api/v1/cache/samples/" + encoded(arguments.text("CALL")) + "/label",
                             {{"label", arguments.text("LABEL")}});
  if (!answer) return pass(answer);
  context.out().json(*answer);
  context.out().fields(*answer, {{"trace", "call"}, {"label", "label"}, {"labelled_by", "by"}});
  return 0;
}

Result<int> purge_caches(Context& context, const Arguments& arguments) {
  json::object body;
  if (arguments.has("--use-case")) body["use_case"] = arguments.text("--use-case");
  auto answer = context.post("/api/v1/cache/purge", body);
  if (!answer) return pass(answer);
  context.out().json(*answer);
  context.out().fields(*answer, {{"use_case", "use case"}, {"exact", "equal requests"},
                                 {"semantic", "alike questions"}});
  return 0;
}

Option judged_call() { return positional("CALL", "The id of the call that was compared."); }

Result<int> report_compression(Context& context, const Arguments&) {
  return show(context, "compression",
              {{"use_case", "USE CASE"},
               {"applied", "APPLIED"},
               {"shadowed", "SHADOWED"},
               {"left_alone", "LEFT ALONE"},
               {"tokens_before", "TOKENS BEFORE"},
               {"tokens_after", "AFTER"},
               {"ratio", "RATIO"},
               {"citation_recall", "CITED KEPT"},
               {"saving_usd", "SAVING USD"}});
}

}  // namespace

Commands economy_commands() {
  return {
      {"cache",
       "report",
       "How often alike questions shared an answer, how often rightly, and which threshold that speaks for.",
       {value("--use-case", "Of one use case."), value("--from", "Since this day."), value("--to", "Before this day."),
        value("--precision-percent", "What the advised threshold is to reach: 95 when absent.")},
       {"millwright cache report --use-case helpdesk --json"},
       report_cache},
      {"cache",
       "samples",
       "Questions that were compared in shadow mode, newest first.",
       {value("--use-case", "Of one use case."), value("--from", "Since this day."), value("--to", "Before this day."),
        value("--limit", "How many: 50 when absent, 200 at most.")},
       {},
       list_samples},
      {"cache", "show", "One of them, with its texts where they are kept.", {judged_call()}, {}, show_sample},
      {"cache",
       "label",
       "Says whether one answer serves both questions: same, different, or none to take it back.",
       {judged_call(), positional("LABEL", "same, different or none.")},
       {"millwright cache label 0199f2c0-5a7e-7cc2-b5a9-1f6f0c7f9b11 different"},
       label_sample},
      {"cache",
       "purge",
       "Drops kept answers, of equal requests and of alike questions.",
       {value("--use-case", "Of one use case; all when absent.")},
       {},
       purge_caches},
      {"compression",
       "report",
       "How much shorter prompts became, and whether cited sentences were kept.",
       {},
       {},
       report_compression},
  };
}

}  // namespace millwright::cli
