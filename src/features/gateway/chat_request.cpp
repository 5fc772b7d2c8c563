// Checks a chat request: shape, types and limits, with errors that name the field.
#include "features/gateway/chat.hpp"
#include "features/gateway/request_fields.hpp"

namespace millwright::gateway {
namespace {

constexpr std::size_t messages_max = 4'096;
constexpr std::int64_t choices_max = 16;

/// Bytes of text in one message's content: a string, null, or a list of parts.
Result<std::size_t> check_content(const json::value& content, const std::string& field) {
  if (content.is_null()) return 0;
  if (content.is_string()) return content.get_string().size();
  if (!content.is_array()) return field_error(field, "content must be a string or a list of parts");
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < content.get_array().size(); ++i) {
    const auto& part = content.get_array()[i];
    const auto part_field = fmt::format("{}[{}]", field, i);
    if (!part.is_object()) return field_error(part_field, "a content part must be an object");
    const auto type = string_member(part.get_object(), "type");
    if (type.empty()) return field_error(part_field + ".type", "a content part needs a type");
    if (type == "text") {
      const auto* text = find_member(part.get_object(), "text");
      if (text == nullptr || !text->is_string()) return field_error(part_field + ".text", "text must be a string");
      bytes += text->get_string().size();
    }
  }
  return bytes;
}

Result<std::size_t> check_message(const json::value& message, const std::string& field) {
  if (!message.is_object()) return field_error(field, "a message must be an object");
  const auto& object = message.get_object();
  const auto* role = find_member(object, "role");
  if (role == nullptr || !role->is_string()) return field_error(field + ".role", "role must be a string");
  constexpr std::array<std::string_view, 6> roles{"system", "developer", "user", "assistant", "tool", "function"};
  if (std::ranges::find(roles, std::string_view(role->get_string())) == roles.end()) {
    return field_error(field + ".role", fmt::format("\"{}\" is not a role; use system, developer, user, assistant or tool",
                                                    std::string_view(role->get_string())));
  }
  const auto* content = find_member(object, "content");
  if (content == nullptr) {
    if (find_member(object, "tool_calls") != nullptr || find_member(object, "function_call") != nullptr) return 0;
    return field_error(field + ".content", "a message needs content");
  }
  return check_content(*content, field + ".content");
}

/// An optional positive integer; null counts as absent.
Result<std::optional<std::int64_t>> positive(const json::object& body, const char* name) {
  const auto* value = find_member(body, name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  std::int64_t number = 0;
  if (value->is_int64()) number = value->get_int64();
  else if (value->is_uint64() && value->get_uint64() <= INT64_MAX) number = static_cast<std::int64_t>(value->get_uint64());
  else return field_error(name, fmt::format("{} must be a whole number", name));
  if (number < 1) return field_error(name, fmt::format("{} must be at least 1", name));
  return number;
}

}  // namespace

Result<ChatRequest> parse_chat_request(json::object body) {
  ChatRequest request;
  auto model = load_model(body);
  if (!model) return pass(model);
  request.model = std::move(*model);

  const auto* messages = find_member(body, "messages");
  if (messages == nullptr || !messages->is_array()) return field_error("messages", "messages must be a list");
  if (messages->get_array().empty()) return field_error("messages", "messages must not be empty");
  if (messages->get_array().size() > messages_max) {
    return field_error("messages", fmt::format("at most {} messages are taken", messages_max));
  }
  for (std::size_t i = 0; i < messages->get_array().size(); ++i) {
    auto bytes = check_message(messages->get_array()[i], fmt::format("messages[{}]", i));
    if (!bytes) return pass(bytes);
    request.text_bytes += *bytes;
  }

  const auto* stream = find_member(body, "stream");
  if (stream != nullptr && !stream->is_null()) {
    if (!stream->is_bool()) return field_error("stream", "stream must be true or false");
    request.is_streamed = stream->get_bool();
  }
  const auto* options = find_member(body, "stream_options");
  if (options != nullptr && !options->is_null()) {
    if (!options->is_object()) return field_error("stream_options", "stream_options must be an object");
    if (!request.is_streamed) return field_error("stream_options", "stream_options is only for streams");
    const auto* usage = find_member(options->get_object(), "include_usage");
    request.wants_usage = usage != nullptr && usage->is_bool() && usage->get_bool();
  }
  for (const char* name : {"max_completion_tokens", "max_tokens"}) {
    auto limit = positive(body, name);
    if (!limit) return pass(limit);
    if (*limit && !request.output_tokens_max) request.output_tokens_max = *limit;
  }
  auto choices = positive(body, "n");
  if (!choices) return pass(choices);
  if (*choices && **choices > choices_max) return field_error("n", fmt::format("n must be at most {}", choices_max));
  for (const char* name : {"temperature", "top_p", "frequency_penalty", "presence_penalty"}) {
    const auto* value = find_member(body, name);
    if (value != nullptr && !value->is_null() && !value->is_number()) {
      return field_error(name, fmt::format("{} must be a number", name));
    }
  }
  take_over(request.body, std::move(body));
  return request;
}

}  // namespace millwright::gateway
