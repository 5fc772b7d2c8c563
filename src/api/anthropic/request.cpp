#include "api/anthropic/request.hpp"

#include <array>

#include "api/anthropic/members.hpp"
#include "api/anthropic/request_tools.hpp"
#include "api/anthropic/request_turns.hpp"
#include "api/anthropic/surface.hpp"

namespace millwright::api::anthropic {
namespace {

/// Members of the canonical chat that the Messages API has no member for.
constexpr std::array<std::string_view, 8> foreign{
    "n",         "stop",          "stream_options",      "max_completion_tokens",
    "functions", "function_call", "parallel_tool_calls", "user"};

Result<void> check_names(const json::object& request) {
  for (const auto name : foreign) {
    if (!is_set(find_member(request, name))) continue;
    return field_error(std::string(name), "a Messages request has no such member");
  }
  const auto* model = find_member(request, "model");
  if (model == nullptr) return field_error("model", "Field required: it names a use case or a model");
  if (!model->is_string() || model->get_string().empty()) {
    return field_error("model", "must be a string that names a use case or a model");
  }
  const auto* stream = find_member(request, "stream");
  if (is_set(stream) && !stream->is_bool()) return field_error("stream", "must be true or false");
  return {};
}

Result<void> put_limit(const json::object& request, OutputLimit limit, json::object& chat) {
  const auto* tokens = find_member(request, "max_tokens");
  if (!is_set(tokens)) {
    if (limit == OutputLimit::Required) return field_error("max_tokens", "Field required");
    return {};
  }
  const bool is_whole = tokens->is_int64() || tokens->is_uint64();
  if (!is_whole) return field_error("max_tokens", "must be a whole number");
  if (tokens->is_uint64() || tokens->get_int64() < 1) {
    return field_error("max_tokens", "must be at least 1 and a number of tokens that a model can give");
  }
  chat["max_tokens"] = *tokens;
  return {};
}

Result<void> put_stops(const json::object& request, json::object& chat) {
  const auto* stops = find_member(request, "stop_sequences");
  if (!is_set(stops)) return {};
  if (!stops->is_array()) return field_error("stop_sequences", "must be a list of strings");
  for (std::size_t i = 0; i < stops->get_array().size(); ++i) {
    if (stops->get_array()[i].is_string()) continue;
    return field_error(fmt::format("stop_sequences.{}", i), "must be a string");
  }
  if (!stops->get_array().empty()) chat["stop"] = *stops;
  return {};
}

/// The end user's opaque id is `user`; anything else of the metadata stays where it is.
Result<void> put_metadata(const json::object& request, json::object& chat) {
  const auto* metadata = find_member(request, "metadata");
  if (!is_set(metadata)) return {};
  if (!metadata->is_object()) return field_error("metadata", "must be an object");
  json::object rest;
  for (const auto& member : metadata->get_object()) {
    if (member.value().is_null()) continue;
    if (member.key() != "user_id")
      rest.emplace(member.key(), member.value());
    else if (member.value().is_string())
      chat["user"] = member.value();
    else
      return field_error("metadata.user_id", "must be a string");
  }
  if (!rest.empty()) chat["metadata"] = std::move(rest);
  return {};
}

/// A schema for the answer has its canonical place; effort and the rest travel as they are.
Result<void> put_output_config(const json::object& request, json::object& chat) {
  const auto* config = find_member(request, "output_config");
  if (!is_set(config)) return {};
  if (!config->is_object()) return field_error("output_config", "must be an object");
  json::object rest;
  for (const auto& member : config->get_object()) {
    if (member.value().is_null()) continue;
    const auto* format = member.key() == "format" ? member.value().if_object() : nullptr;
    if (format == nullptr || string_member(*format, "type") != "json_schema") {
      rest.emplace(member.key(), member.value());
      continue;
    }
    const auto* schema = find_member(*format, "schema");
    if (schema == nullptr || !schema->is_object()) {
      return field_error("output_config.format.schema", "must be an object");
    }
    json::object wanted{{"name", "answer"}, {"schema", *schema}, {"strict", true}};
    chat["response_format"] = json::object{{"type", "json_schema"}, {"json_schema", std::move(wanted)}};
  }
  if (!rest.empty()) chat["output_config"] = std::move(rest);
  return {};
}

Result<void> put_settings(const json::object& request, OutputLimit limit, json::object& chat) {
  for (auto put : {put_stops, put_metadata, put_output_config}) {
    auto done = put(request, chat);
    if (!done) return done;
  }
  const auto tier = string_member(request, "service_tier");
  if (!tier.empty()) chat["service_tier"] = tier == "standard_only" ? "default" : tier;
  copy_rest(request,
            {"model", "messages", "system", "max_tokens", "stop_sequences", "metadata", "tools", "tool_choice",
             "output_config", "service_tier"},
            chat);
  return put_limit(request, limit, chat);
}

}  // namespace

Result<json::object> decode_request(const json::object& request, OutputLimit limit) {
  auto checked = check_names(request);
  if (!checked) return pass(checked);
  json::object chat{{"model", string_member(request, "model")}};
  auto turns = decode_conversation(request);
  if (!turns) return pass(turns);
  chat["messages"] = std::move(*turns);
  auto put = put_tools(request, chat);
  if (!put) return pass(put);
  put = put_settings(request, limit, chat);
  if (!put) return pass(put);
  return chat;
}

}  // namespace millwright::api::anthropic
