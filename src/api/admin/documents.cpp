// Documents: the list, one with why and lineage, quarantine decisions, and erasure.
#include <ranges>

#include "api/admin/groups.hpp"
#include "api/admin/shapes.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"
#include "base/text.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

constexpr std::size_t preview_bytes_max = 20'000;
constexpr std::size_t lineage_versions_max = 5;   // newest versions of each dataset that are searched

/// Somebody may read the text when the document's rights allow them; admins run the machine but see no more than that.
bool may_read(const Caller& caller, const ingestion::Acl& acl) {
  std::vector<std::string> names{"everyone"};
  if (caller.signed_in) {
    names.push_back("user:" + caller.signed_in->user.name);
    for (const auto& group : caller.signed_in->user.groups) names.push_back("group:" + group);
  }
  const auto holds = [&names](const std::vector<std::string>& list) {
    return std::ranges::any_of(list, [&names](const auto& entry) { return std::ranges::count(names, entry) > 0; });
  };
  return caller.kind == Caller::Kind::Local || (holds(acl.allow) && !holds(acl.deny));
}

std::string preview_of(const ingestion::ParsedDocument& parsed) {
  std::string text;
  for (const auto& block : parsed.blocks) {
    if (block.is_hidden) continue;
    if (block.kind == ingestion::BlockKind::Heading) text += std::string(block.level, '#') + " ";
    text += block.text;
    text += "\n\n";
    if (text.size() > preview_bytes_max) break;
  }
  return std::string(utf8_prefix(text, preview_bytes_max));
}

Result<json::object> lineage_json(const DocumentParts& parts, const ingestion::Document& document) {
  json::array datasets;
  json::array indexes;
  for (const auto& dataset : parts.curation->datasets()) {
    auto versions = parts.curation->versions(dataset.name);
    if (!versions) return pass(versions);
    std::vector<Digest> holding;
    for (const auto& version : *versions | std::views::take(lineage_versions_max)) {
      auto members = parts.curation->members(version.digest);
      if (!members) return pass(members);
      if (std::ranges::find(*members, document.id, &curation::Member::document) == members->end()) continue;
      holding.push_back(version.digest);
      datasets.push_back(json::object{
          {"dataset", dataset.name}, {"version", version.version}, {"digest", version.digest.text()}});
    }
    for (const auto& index : parts.retrieval->indexes()) {
      if (index.dataset != dataset.name) continue;
      auto built = parts.retrieval->versions(index.name);
      if (!built) return pass(built);
      for (const auto& version : *built) {
        if (std::ranges::find(holding, version.dataset_version) == holding.end()) continue;
        indexes.push_back(json::object{
            {"index", index.name}, {"digest", version.digest.text()}, {"is_live", version.is_live}});
      }
    }
  }
  return json::object{{"source", document.source},
                      {"landed", render_time(document.landed)},
                      {"raw", document.raw.text()},
                      {"datasets", std::move(datasets)},
                      {"indexes", std::move(indexes)},
                      {"superseded_by", document.superseded_by}};
}

Result<Response> list_documents(const DocumentParts& parts, const Call& call) {
  Query query(call.request);
  ingestion::DocumentQuery wanted;
  wanted.source = query.text("source");
  wanted.verdict = query.text("verdict");
  wanted.tag = query.text("tag");
  wanted.text = query.text("text");
  wanted.cursor = query.cursor();
  wanted.limit = query.limit();
  if (auto ok = query.check(); !ok) return pass(ok);
  std::string next;
  const auto documents = parts.ingestion->list(wanted, next);
  if (!documents) return std::unexpected(documents.error());
  json::array items;
  for (const auto& document : *documents) items.push_back(document_json(document));
  return page_answer(std::move(items), next);
}

Result<ingestion::Document> load(const DocumentParts& parts, const Call& call) {
  auto id = Id::parse(call.parameter("id"));
  if (!id) return pass(id);
  return parts.ingestion->load(*id);
}

Result<Response> get_document(const DocumentParts& parts, const Call& call) {
  auto document = load(parts, call);
  if (!document) return pass(document);
  auto body = document_json(*document);
  body["raw"] = document->raw.text();
  body["parsed"] = document->parsed.is_none() ? "" : document->parsed.text();
  body["acl"] = json::object{{"allow", texts_json(document->acl.allow)}, {"deny", texts_json(document->acl.deny)}};
  body["warnings"] = json::array();
  body["text"] = "";
  if (!document->parsed.is_none()) {
    if (const auto parsed = parts.ingestion->load_parsed(*document)) {
      body["warnings"] = texts_json(parsed->warnings);
      if (may_read(call.caller, document->acl)) body["text"] = preview_of(*parsed);
    }
  }
  body["why"] = document_why(*document);
  auto lineage = lineage_json(parts, *document);
  if (!lineage) return pass(lineage);
  body["lineage"] = std::move(*lineage);
  return json_answer(json::value(std::move(body)));
}

Result<std::string> read_reason(const Call& call) {
  Body body(call.request, {"reason"});
  auto reason = body.text_or("reason", {});
  if (auto ok = body.check(); !ok) return pass(ok);
  return reason;
}

Result<Response> release_document(const DocumentParts& parts, const Call& call) {
  auto reason = read_reason(call);
  if (!reason) return pass(reason);
  auto document = load(parts, call);
  if (!document) return pass(document);
  const auto released = parts.ingestion->release_from_quarantine(document->id, call.caller.name, *reason);
  if (!released) return std::unexpected(released.error());
  return json_answer(document_json(*released));
}

Result<Response> reject_document(const DocumentParts& parts, const Call& call) {
  auto reason = read_reason(call);
  if (!reason) return pass(reason);
  auto document = load(parts, call);
  if (!document) return pass(document);
  const auto rejected = parts.ingestion->reject(document->id, call.caller.name, *reason);
  if (!rejected) return std::unexpected(rejected.error());
  return json_answer(document_json(*rejected));
}

Result<Response> erase_document(const DocumentParts& parts, const Call& call) {
  auto reason = read_reason(call);
  if (!reason) return pass(reason);
  auto document = load(parts, call);
  if (!document) return pass(document);
  const auto removed = parts.ingestion->erase(document->id, call.caller.name);
  if (!removed) return std::unexpected(removed.error());
  return json_answer(json::object{{"document", document->id.text()},
                                  {"erased_at", render_time(parts.clock->now())},
                                  {"erased_by", call.caller.name},
                                  {"removed", texts_json(*removed)}});
}

}  // namespace

Routes document_routes(const DocumentParts& parts) {
  using enum io::http::Method;
  return {
      row(Get, "/api/v1/documents", Access::Viewer, list_documents, parts),
      row(Get, "/api/v1/documents/{id}", Access::Viewer, get_document, parts),
      row(Post, "/api/v1/documents/{id}/release", Access::Approver, release_document, parts),
      row(Post, "/api/v1/documents/{id}/reject", Access::Approver, reject_document, parts),
      row(Post, "/api/v1/documents/{id}/erase", Access::Admin, erase_document, parts),
  };
}

}  // namespace millwright::api
