// What the semantic cache and compression have done.
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

Result<int> report_cache(Context& context, const Arguments&) {
  return show(context, "semantic_cache",
              {{"use_case", "USE CASE"},
               {"asked", "ASKED"},
               {"served", "SERVED"},
               {"shadowed", "WOULD SERVE"},
               {"agreed", "AGREED"},
               {"precision", "PRECISION"},
               {"saved_usd", "SAVED USD"}});
}

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
      {"cache", "report", "How often alike questions shared an answer, and how often rightly.", {}, {}, report_cache},
      {"compression",
       "report",
       "How much shorter prompts became, and whether cited sentences were kept.",
       {},
       {},
       report_compression},
  };
}

}  // namespace millwright::cli
