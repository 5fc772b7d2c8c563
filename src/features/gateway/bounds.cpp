#include "features/gateway/bounds.hpp"

#include <algorithm>

namespace millwright::gateway {
namespace {

bool keeps_for_an_hour(const json::object& owner) {
  const auto* control = find_member(owner, "cache_control");
  return control != nullptr && control->is_object() && string_member(control->get_object(), "ttl") == "1h";
}

void read_part(const json::object& part, finops::CallBounds& bounds) {
  const auto type = string_member(part, "type");
  bounds.may_use_audio |= type == "input_audio" || type == "native" || type == "file";
  bounds.may_use_images |= type == "image_url" || type == "native" || type == "file";
  bounds.may_cache_1h |= keeps_for_an_hour(part) || type == "native";
}

void read_messages(const json::object& body, finops::CallBounds& bounds) {
  const auto* messages = find_member(body, "messages");
  if (messages == nullptr || !messages->is_array()) return;
  for (const auto& message : messages->get_array()) {
    if (!message.is_object()) continue;
    bounds.may_cache_1h |= keeps_for_an_hour(message.get_object());
    bounds.may_use_audio |= find_member(message.get_object(), "audio") != nullptr;
    const auto* content = find_member(message.get_object(), "content");
    if (content == nullptr || !content->is_array()) continue;
    for (const auto& part : content->get_array()) {
      if (part.is_object()) read_part(part.get_object(), bounds);
    }
  }
}

/// Tools that the caller runs cost tokens alone; any other kind is run by the provider.
void read_tools(const json::object& body, finops::CallBounds& bounds) {
  if (find_member(body, "web_search_options") != nullptr) bounds.tool_requests_max += server_tool_requests_max;
  const auto* tools = find_member(body, "tools");
  if (tools == nullptr || !tools->is_array()) return;
  for (const auto& each : tools->get_array()) {
    if (!each.is_object()) continue;
    const auto& tool = each.get_object();
    bounds.may_cache_1h |= keeps_for_an_hour(tool);
    const auto type = string_member(tool, "type");
    if (type == "function" || type == "custom" || type.empty()) continue;
    const auto* uses = find_member(tool, "max_uses");
    bounds.tool_requests_max += uses != nullptr && uses->is_int64()
                                    ? std::clamp<std::int64_t>(uses->get_int64(), 0, 10'000)
                                    : server_tool_requests_max;
  }
}

/// Some rerankers bill searches: a query with up to a hundred documents, of which a long one counts once for each piece
/// of some hundred tokens.
std::int64_t searches_max(const json::object& body) {
  const auto* documents = find_member(body, "documents");
  if (find_member(body, "query") == nullptr || documents == nullptr || !documents->is_array()) return 0;
  constexpr std::int64_t piece_bytes_min = 250, documents_a_search = 100;
  std::int64_t pieces = 0;
  for (const auto& document : documents->get_array()) {
    const auto bytes = document.is_string() ? document.get_string().size() : json::serialize(document).size();
    pieces += 1 + static_cast<std::int64_t>(bytes) / piece_bytes_min;
  }
  return (pieces + documents_a_search - 1) / documents_a_search;
}

/// Asked for by name, a call is served so or, where that is full, as a standard one; else as the account is set up.
std::optional<finops::ServiceTier> asked_tier(const json::object& body) {
  const auto name = string_member(body, "service_tier");
  if (name.empty() || name == "auto") return std::nullopt;
  const auto tier = finops::find_tier(name);
  return tier == finops::ServiceTier::Other ? std::nullopt : std::optional(tier);
}

}  // namespace

finops::CallBounds bounds_of(const json::object& body, const TokenLimits& limits) {
  finops::CallBounds bounds;
  bounds.may_cache_1h = keeps_for_an_hour(body);
  bounds.may_use_audio = bounds.may_use_images = find_member(body, "modalities") != nullptr;
  read_messages(body, bounds);
  read_tools(body, bounds);
  bounds.tier = asked_tier(body);
  std::int64_t choices = 1;
  if (const auto* n = find_member(body, "n"); n != nullptr && n->is_int64()) choices = n->get_int64();
  bounds.input_max = bounds.tool_requests_max > 0 ? std::max(limits.input, limits.context) : limits.input;
  bounds.output_max = limits.output * choices;
  bounds.tool_requests_max += searches_max(body);
  return bounds;
}

}  // namespace millwright::gateway
