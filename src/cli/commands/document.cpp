// Documents, and parsing a file without landing it.
#include <filesystem>

#include "cli/context.hpp"
#include "cli/nouns.hpp"

namespace millwright::cli {

namespace {

std::string path_of(const Arguments& arguments, std::string_view step = {}) {
  return fmt::format("/api/v1/documents/{}{}", encoded(arguments.text("DOCUMENT")), step);
}

Result<int> list(Context& context, const Arguments& arguments) {
  std::string query;
  for (const auto& [option, field] : {std::pair("--source", "source"), std::pair("--verdict", "verdict"),
                                      std::pair("--tag", "tag"), std::pair("--text", "text")}) {
    if (arguments.has(option)) query += fmt::format("&{}={}", field, encoded(arguments.text(option)));
  }
  auto answer = context.get_all("/api/v1/documents?" + (query.empty() ? std::string("x=") : query.substr(1)));
  if (!answer) return pass(answer);
  context.out().table(*answer, {{"id", "ID"}, {"verdict", "VERDICT"}, {"data_class", "CLASS"}, {"path", "PATH"},
                                {"reason", "REASON"}});
  return 0;
}

Result<int> show(Context& context, const Arguments& arguments) {
  auto answer = context.get(path_of(arguments));
  if (!answer) return pass(answer);
  context.out().json(*answer);
  context.out().fields(*answer, {{"id", "id"}, {"title", "title"}, {"path", "path"}, {"source", "source"},
                                 {"version", "version"}, {"verdict", "verdict"}, {"reason", "reason"},
                                 {"data_class", "class"}, {"tags", "tags"}, {"acl.allow", "may read"},
                                 {"modified", "modified"}, {"landed", "landed"}});
  context.out().line("");
  const auto text = member_at(*answer, "text");
  if (text.is_string()) context.out().line(std::string_view(text.get_string()));
  return 0;
}

Result<int> why(Context& context, const Arguments& arguments) {
  auto answer = context.get(path_of(arguments));
  if (!answer) return pass(answer);
  const auto explanation = member_at(*answer, "why");
  context.out().json(explanation);
  context.out().fields(explanation, {{"what", "what"}, {"would_change", "would change it"}, {"who_can", "who can"}});
  const auto lineage = member_at(*answer, "lineage");
  context.out().fields(lineage, {{"source", "source"}, {"landed", "landed"}, {"raw", "bytes"}});
  context.out().line("datasets");
  context.out().table(member_at(lineage, "datasets"), {{"dataset", "DATASET"}, {"version", "VERSION"}});
  return 0;
}

Result<int> erase(Context& context, const Arguments& arguments) {
  auto answer = context.post(path_of(arguments, "/erase"), {{"reason", arguments.text("--reason")}});
  if (!answer) return pass(answer);
  context.out().json(*answer);
  context.out().line("erased " + render_scalar(member_at(*answer, "document")));
  context.out().fields(*answer, {{"erased_at", "at"}, {"erased_by", "by"}, {"removed", "removed"}});
  return 0;
}

Result<int> decide(Context& context, const Arguments& arguments, std::string_view step) {
  auto answer = context.post(path_of(arguments, step), {{"reason", arguments.text("--reason")}});
  if (!answer) return pass(answer);
  context.out().json(*answer);
  context.out().fields(*answer, {{"path", "path"}, {"verdict", "verdict"}, {"reason", "reason"}});
  return 0;
}

Result<int> release(Context& context, const Arguments& arguments) { return decide(context, arguments, "/release"); }
Result<int> reject(Context& context, const Arguments& arguments) { return decide(context, arguments, "/reject"); }

Result<int> parse(Context& context, const Arguments& arguments) {
  const auto file = arguments.text("FILE");
  auto bytes = read_input(file);
  if (!bytes) return pass(bytes);
  const auto name = std::filesystem::path(file).filename().string();
  auto answer = context.post_bytes("/api/v1/parse?path=" + encoded(name), std::move(*bytes));
  if (!answer) return pass(answer);
  context.out().json(*answer);
  context.out().fields(*answer, {{"verdict", "verdict"}, {"reason", "reason"}, {"title", "title"},
                                 {"language", "language"}, {"warnings", "warnings"}});
  const auto text = member_at(*answer, "text");
  if (text.is_string()) context.out().line(std::string_view(text.get_string()));
  return 0;
}

}  // namespace

Commands document_commands() {
  const auto document = positional("DOCUMENT", "Id of the document.");
  const auto reason = value("--reason", "Kept in the audit log.");
  return {
      {"document", "list", "List documents.",
       {value("--source", "Of this source."), value("--verdict", "With this verdict, as in quarantined."),
        value("--tag", "With this tag, as in pii.email."), value("--text", "Part of title or path.")},
       {"millwright document list --verdict quarantined"}, list},
      {"document", "show", "Show one document.", {document}, {}, show},
      {"document", "why", "Why it is where it is, and where it went.", {document}, {}, why},
      {"document", "release", "Let a quarantined document pass.", {document, reason}, {}, release},
      {"document", "reject", "Reject a document for good.", {document, reason}, {}, reject},
      {"document", "erase", "Erase it everywhere; prints a certificate.", {document, reason}, {}, erase},
      {"parse", "", "Parse a file as ingestion would, in the sandbox.", {positional("FILE", "The file.")},
       {"millwright parse handbook.pdf --json"}, parse},
  };
}

}  // namespace millwright::cli
