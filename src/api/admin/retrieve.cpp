// Searching a use case's index under a reader's permissions, as its questions would be.
#include "api/admin/groups.hpp"
#include "api/admin/shapes.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

/// Groups of a user: those of the account of that name, and of keys issued to it.
std::vector<std::string> groups_of(const RetrieveParts& parts, const std::string& user) {
  std::vector<std::string> groups;
  if (const auto account = parts.users->load(user)) groups = account->groups;
  if (const auto keys = parts.keys->list()) {
    for (const auto& key : *keys) {
      if (key.principal.user != user || key.revoked_at) continue;
      groups.insert(groups.end(), key.principal.groups.begin(), key.principal.groups.end());
    }
  }
  return groups;
}

Result<retrieval::Reader> reader_of(const RetrieveParts& parts, const Call& call, const std::string& as,
                                    const std::vector<std::string>& extra) {
  retrieval::Reader own;
  if (call.caller.principal) {
    own = {call.caller.principal->user, call.caller.principal->groups};
  } else if (call.caller.signed_in) {
    own = {call.caller.signed_in->user.name, call.caller.signed_in->user.groups};
  }
  const bool may_choose = call.caller.is_at_least(identity::Role::Owner);
  if (as.empty() && extra.empty()) return own;
  if (!may_choose && (!extra.empty() || as != own.user)) {
    Error error;
    error.code = ErrorCode::Forbidden;
    error.message = "only owners and administrators read as somebody else";
    error.where.field = "as";
    error.rule = "retrieve.as";
    return std::unexpected(std::move(error));
  }
  if (!may_choose) return own;
  retrieval::Reader reader{as.empty() ? own.user : as, as.empty() ? own.groups : groups_of(parts, as)};
  reader.groups.insert(reader.groups.end(), extra.begin(), extra.end());
  std::ranges::sort(reader.groups);
  reader.groups.erase(std::ranges::unique(reader.groups).begin(), reader.groups.end());
  return reader;
}

json::object passage_json(const retrieval::ScoredChunk& scored) {
  const auto& chunk = scored.chunk;
  return {{"document", chunk.document.text()},
          {"uri", chunk.uri},
          {"chunk", chunk.id},
          {"score", scored.score},
          {"text", chunk.text},
          {"title", chunk.title},
          {"heading_path", chunk.heading_path},
          {"document_version", chunk.document_version},
          {"page", chunk.page},
          {"updated", render_time(chunk.updated)},
          {"data_class", policy::class_name(chunk.data_class)}};
}

Result<Digest> index_of(const RetrieveParts& parts, const gateway::UseCaseConfig& use_case) {
  const auto live = parts.gateway->live();
  if (live) {
    const auto found = live->find(use_case.name);
    if (found != live->end() && !found->second.stable.index.is_none()) return found->second.stable.index;
  }
  Error error;
  error.code = use_case.index.empty() ? ErrorCode::InvalidInput : ErrorCode::Conflict;
  error.message = use_case.index.empty() ? fmt::format("the use case {} has no index", use_case.name)
                                         : fmt::format("the index {} has not been built yet", use_case.index);
  error.fix = use_case.index.empty() ? "give it `index:` in the configuration"
                                     : fmt::format("millwright index build {}", use_case.index);
  return std::unexpected(std::move(error));
}

Result<Response> retrieve(const RetrieveParts& parts, const Call& call) {
  const auto use_case = load_use_case(*parts.gateway, call.parameter("name"));
  if (!use_case) return std::unexpected(use_case.error());
  const auto& principal = call.caller.principal;
  if (principal && !principal->use_case.empty() && principal->use_case != use_case->name) {
    return fail(ErrorCode::Forbidden, "this key is for the use case {}", principal->use_case);
  }
  Body body(call.request, {"query", "top", "as", "groups"});
  retrieval::SearchRequest request;
  request.text = body.text("query");
  request.top = static_cast<std::size_t>(body.find_integer("top", 1, 100).value_or(8));
  const auto as = body.text_or("as", {});
  const auto groups = body.texts("groups");
  if (auto ok = body.check(); !ok) return pass(ok);
  auto reader = reader_of(parts, call, as, groups);
  if (!reader) return pass(reader);
  request.reader = *reader;
  auto index = index_of(parts, *use_case);
  if (!index) return pass(index);
  const auto found = parts.retrieval->search(*index, request);
  if (!found) return std::unexpected(found.error());
  json::array chunks;
  for (const auto& scored : found->chunks) chunks.push_back(passage_json(scored));
  return json_answer(json::object{{"chunks", std::move(chunks)},
                                  {"hidden_by_acl", found->hidden_by_acl},
                                  {"index", index->text()},
                                  {"reader", json::object{{"user", reader->user}, {"groups", texts_json(reader->groups)}}}});
}

}  // namespace

Routes retrieve_routes(const RetrieveParts& parts) {
  return {row(io::http::Method::Post, "/api/v1/use-cases/{name}/retrieve", Access::Key, retrieve, parts)};
}

}  // namespace millwright::api
