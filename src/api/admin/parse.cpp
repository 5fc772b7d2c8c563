// Parsing one file as ingestion would, in the sandbox, without landing it.
#include "api/admin/groups.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"
#include "features/ingestion/parser.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

std::string text_of(const ingestion::ParsedDocument& parsed) {
  std::string text;
  for (const auto& block : parsed.blocks) {
    if (block.is_hidden || block.text.empty()) continue;
    if (!text.empty()) text += "\n";
    text += block.text;
  }
  return text;
}

Result<Response> parse(const ParseParts& parts, const Call& call) {
  Query query(call.request);
  const auto path = query.text("path");
  if (call.request.body.empty()) return fail(ErrorCode::InvalidInput, "the body is empty: send the file's bytes");
  const auto parsed = parts.parse(path.empty() ? "upload" : path, call.request.body);
  if (!parsed) {
    using enum ErrorCode;
    const auto code = parsed.error().code;
    // A broken document is an answer, not a failure of ours.
    const bool is_documents_fault = code == InvalidInput || code == Corrupt || code == TooLarge || code == Timeout;
    if (!is_documents_fault) return std::unexpected(parsed.error());
    return json_answer(json::object{{"verdict", "rejected"},
                                    {"title", ""},
                                    {"language", ""},
                                    {"text", ""},
                                    {"warnings", json::array()},
                                    {"reason", parsed.error().message}});
  }
  return json_answer(json::object{{"verdict", "parsed"},
                                  {"title", parsed->title},
                                  {"language", parsed->language},
                                  {"text", text_of(*parsed)},
                                  {"warnings", texts_json(parsed->warnings)},
                                  {"reason", ""}});
}

}  // namespace

Routes parse_routes(const ParseParts& parts) {
  return {row(io::http::Method::Post, "/api/v1/parse", Access::Viewer, parse, parts)};
}

}  // namespace millwright::api
