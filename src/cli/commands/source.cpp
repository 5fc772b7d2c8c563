// Sources and their intake reports.
#include "cli/context.hpp"
#include "cli/nouns.hpp"

namespace millwright::cli {

namespace {

const std::vector<Column> count_columns{{"counts.indexed", "INDEXED"},         {"counts.unchanged", "UNCHANGED"},
                                        {"counts.duplicate", "DUPLICATE"},     {"counts.stale", "STALE"},
                                        {"counts.quarantined", "QUARANTINED"}, {"counts.rejected", "REJECTED"},
                                        {"counts.deleted", "DELETED"}};

Result<int> list(Context& context, const Arguments&) {
  auto answer = context.get("/api/v1/sources");
  if (!answer) return pass(answer);
  context.out().table(*answer, {{"name", "NAME"}, {"kind", "KIND"}, {"path", "PATH"}, {"data_class", "CLASS"},
                                {"last_run.finished", "LAST SYNC"}, {"last_run.counts.indexed", "INDEXED"}});
  return 0;
}

Result<int> sync(Context& context, const Arguments& arguments) {
  auto answer = context.post_long("sync", arguments.text("SOURCE"),
                                  fmt::format("/api/v1/sources/{}/sync", encoded(arguments.text("SOURCE"))),
                                  {{"full", arguments.has("--full")}});
  if (!answer) return pass(answer);
  if (context.out().is_json()) {
    context.out().json(*answer);
  } else {
    context.out().table(json::array{*answer}, count_columns);
    context.out().note(fmt::format("why each file went where: millwright source report {}",
                                   render_scalar(member_at(*answer, "id"))));
  }
  const auto error = member_at(*answer, "error");
  return error.is_string() && !error.get_string().empty() ? 1 : 0;
}

Result<int> report(Context& context, const Arguments& arguments) {
  auto answer = context.get_all(fmt::format("/api/v1/sync-runs/{}/lines", encoded(arguments.text("RUN"))));
  if (!answer) return pass(answer);
  context.out().table(*answer, {{"verdict", "VERDICT"}, {"path", "PATH"}, {"reason", "REASON"}});
  return 0;
}

Result<int> runs(Context& context, const Arguments& arguments) {
  auto answer = context.get(fmt::format("/api/v1/sources/{}/runs", encoded(arguments.text("SOURCE"))));
  if (!answer) return pass(answer);
  std::vector<Column> columns{{"id", "RUN"}, {"started", "STARTED"}, {"listed", "LISTED"}};
  columns.insert(columns.end(), count_columns.begin(), count_columns.end());
  context.out().table(*answer, columns);
  return 0;
}

}  // namespace

Commands source_commands() {
  const auto name = positional("SOURCE", "Name of the source.");
  return {
      {"source", "list", "List the sources.", {}, {}, list},
      {"source", "sync", "Read a source now.", {name, flag("--full", "Read everything anew.")},
       {"millwright source sync handbook"}, sync},
      {"source", "runs", "List the syncs of a source.", {name}, {}, runs},
      {"source", "report", "What became of every file of a sync.", {positional("RUN", "Id of the sync.")}, {}, report},
  };
}

}  // namespace millwright::cli
