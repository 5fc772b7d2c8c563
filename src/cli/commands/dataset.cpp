// Datasets and indexes.
#include "cli/context.hpp"
#include "cli/nouns.hpp"

namespace millwright::cli {

namespace {

const std::vector<Column> version_columns{{"version", "VERSION"}, {"state", "STATE"},   {"documents", "DOCUMENTS"},
                                          {"added", "ADDED"},     {"changed", "CHANGED"}, {"removed", "REMOVED"},
                                          {"decided_by", "DECIDED BY"}, {"created", "CREATED"}};

Result<int> list_datasets(Context& context, const Arguments&) {
  auto answer = context.get("/api/v1/datasets");
  if (!answer) return pass(answer);
  context.out().table(*answer, {{"name", "NAME"}, {"owner", "OWNER"}, {"sources", "SOURCES"},
                                {"newest.version", "NEWEST"}, {"newest.state", "STATE"},
                                {"approved.version", "APPROVED"}, {"approved.documents", "DOCUMENTS"}});
  return 0;
}

Result<int> versions(Context& context, const Arguments& arguments) {
  auto answer = context.get(fmt::format("/api/v1/datasets/{}/versions", encoded(arguments.text("DATASET"))));
  if (!answer) return pass(answer);
  context.out().table(*answer, version_columns);
  return 0;
}

Result<int> change(Context& context, const Arguments& arguments, std::string_view step) {
  json::object body;
  if (step != "snapshot") {
    auto version = arguments.integer("--version");
    if (!version) return pass(version);
    if (*version) body["version"] = **version;
    body["reason"] = arguments.text("--reason");
  }
  auto answer =
      context.post(fmt::format("/api/v1/datasets/{}/{}", encoded(arguments.text("DATASET")), step), body);
  if (!answer) return pass(answer);
  if (context.out().is_json()) {
    context.out().json(*answer);
  } else {
    context.out().table(json::array{*answer}, version_columns);
    context.out().line(render_scalar(member_at(*answer, "change_log")));
  }
  return 0;
}

Result<int> snapshot(Context& context, const Arguments& arguments) { return change(context, arguments, "snapshot"); }
Result<int> approve(Context& context, const Arguments& arguments) { return change(context, arguments, "approve"); }
Result<int> reject(Context& context, const Arguments& arguments) { return change(context, arguments, "reject"); }

Result<int> list_indexes(Context& context, const Arguments&) {
  auto answer = context.get("/api/v1/indexes");
  if (!answer) return pass(answer);
  context.out().table(*answer, {{"name", "NAME"}, {"dataset", "DATASET"}, {"live.documents", "DOCUMENTS"},
                                {"live.chunks", "CHUNKS"}, {"live.built", "BUILT"}, {"live.digest", "DIGEST"}});
  return 0;
}

Result<int> print_index(Context& context, Result<json::value> answer) {
  if (!answer) return pass(answer);
  context.out().json(*answer);
  context.out().fields(*answer, {{"index", "index"}, {"digest", "digest"}, {"documents", "documents"},
                                 {"chunks", "chunks"}, {"bytes", "bytes"}, {"is_live", "live"}});
  return 0;
}

Result<int> build(Context& context, const Arguments& arguments) {
  const auto name = arguments.text("INDEX");
  return print_index(context,
                     context.post_long("index", name, fmt::format("/api/v1/indexes/{}/build", encoded(name))));
}

Result<int> publish(Context& context, const Arguments& arguments) {
  return print_index(context, context.post(fmt::format("/api/v1/indexes/{}/publish", encoded(arguments.text("INDEX"))),
                                           {{"digest", arguments.text("DIGEST")}}));
}

}  // namespace

Commands dataset_commands() {
  const auto name = positional("DATASET", "Name of the dataset.");
  const std::vector<Option> decision{name, value("--version", "The newest when absent."),
                                     value("--reason", "Kept in the audit log.")};
  return {
      {"dataset", "list", "List the datasets.", {}, {}, list_datasets},
      {"dataset", "versions", "List the versions of a dataset.", {name}, {}, versions},
      {"dataset", "snapshot", "Make a version of what is curated now.", {name}, {}, snapshot},
      {"dataset", "approve", "Approve a version.", decision, {"millwright dataset approve it-kb"}, approve},
      {"dataset", "reject", "Reject a version.", decision, {}, reject},
  };
}

Commands index_commands() {
  const auto name = positional("INDEX", "Name of the index.");
  return {
      {"index", "list", "List the indexes.", {}, {}, list_indexes},
      {"index", "build", "Build from the newest approved dataset version, and publish.", {name},
       {"millwright index build it-kb"}, build},
      {"index", "publish", "Repoint to a version already built.", {name, positional("DIGEST", "Of that version.")}, {},
       publish},
  };
}

}  // namespace millwright::cli
