// Checks the requests of the operations that are no chat, with errors that name the field.
#include <array>

#include "features/gateway/chat.hpp"
#include "features/gateway/request_fields.hpp"

namespace millwright::gateway {
namespace {

constexpr std::size_t inputs_max = 2'048;      // as OpenAI's embeddings take at most
constexpr std::size_t documents_max = 10'000;

bool is_token_list(const json::array& list) {
  return !list.empty() && std::ranges::all_of(list, [](const json::value& item) { return item.is_int64(); });
}

/// Bytes of text in one entry: a string, a list of token numbers (counted as four bytes each), or an object such as an
/// image, which travels along.
Result<std::size_t> check_entry(const json::value& entry, const std::string& field) {
  if (entry.is_string()) {
    if (entry.get_string().empty()) return field_error(field, "an input must not be empty");
    return entry.get_string().size();
  }
  if (entry.is_array() && is_token_list(entry.get_array())) return 4 * entry.get_array().size();
  if (entry.is_object()) return string_member(entry.get_object(), "text").size();
  return field_error(field, "an input must be a string, a list of tokens or an object");
}

Result<std::size_t> check_input(const json::object& body) {
  const auto* input = find_member(body, "input");
  if (input == nullptr || input->is_null()) return field_error("input", "input is missing");
  const bool is_list = input->is_array() && !is_token_list(input->get_array());
  if (!is_list) return check_entry(*input, "input");
  const auto& list = input->get_array();
  if (list.empty()) return field_error("input", "input must not be an empty list");
  if (list.size() > inputs_max) return field_error("input", fmt::format("at most {} inputs are taken at once", inputs_max));
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    auto entry = check_entry(list[i], fmt::format("input[{}]", i));
    if (!entry) return entry;
    bytes += *entry;
  }
  return bytes;
}

Result<std::size_t> check_rerank(const json::object& body) {
  const auto* query = find_member(body, "query");
  if (query == nullptr || !query->is_string() || query->get_string().empty()) {
    return field_error("query", "query must be a string");
  }
  const auto* documents = find_member(body, "documents");
  if (documents == nullptr || !documents->is_array() || documents->get_array().empty()) {
    return field_error("documents", "documents must be a list of strings or objects");
  }
  const auto& list = documents->get_array();
  if (list.size() > documents_max) {
    return field_error("documents", fmt::format("at most {} documents are taken at once", documents_max));
  }
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!list[i].is_string() && !list[i].is_object()) {
      return field_error(fmt::format("documents[{}]", i), "a document must be a string or an object");
    }
    bytes += list[i].is_string() ? list[i].get_string().size() : string_member(list[i].get_object(), "text").size();
  }
  if (const auto* top = find_member(body, "top_n"); top != nullptr && !top->is_null() && (!top->is_int64() || top->get_int64() < 1)) {
    return field_error("top_n", "top_n must be a whole number of at least 1");
  }
  // A reranker reads the query once more with each document.
  return bytes + query->get_string().size() * list.size();
}

}  // namespace

std::string_view operation_name(Operation operation) {
  constexpr std::array<std::string_view, 10> names{"chat",
                                                   "embeddings",
                                                   "moderations",
                                                   "rerank",
                                                   "images",
                                                   "images.edits",
                                                   "images.variations",
                                                   "audio.speech",
                                                   "audio.transcriptions",
                                                   "audio.translations"};
  return names.at(static_cast<std::size_t>(operation));
}

Result<ChatRequest> parse_operation_request(Operation operation, json::object body) {
  ChatRequest request;
  request.operation = operation;
  auto model = load_model(body);
  if (!model) return pass(model);
  request.model = std::move(*model);
  auto bytes = operation == Operation::Rerank ? check_rerank(body) : check_input(body);
  if (!bytes) return pass(bytes);
  request.text_bytes = *bytes;
  take_over(request.body, std::move(body));
  return request;
}

}  // namespace millwright::gateway
