#include "features/gateway/texts.hpp"

#include <algorithm>
#include <array>

namespace millwright::gateway {
namespace {

constexpr std::size_t opaque_bytes_min = 64;   // shorter than this, base64 may as well be a number or a word
constexpr std::array<std::string_view, 7> opaque_fields{"data",      "file_data",         "b64_json",         "signature",
                                                        "thought_signature", "encrypted_content", "obfuscation"};

bool is_base64(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=' ||
           c == '-' || c == '_';
  });
}

bool is_word(std::string_view text) {
  return text.size() <= 32 && std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

bool is_no_text(std::string_view field, std::string_view text) {
  if (field == "role" || field == "type") return is_word(text);
  if (text.starts_with("data:")) {
    const auto comma = text.find(',');
    return comma != std::string_view::npos && text.substr(0, comma).ends_with(";base64") && is_base64(text.substr(comma + 1));
  }
  return std::ranges::find(opaque_fields, field) != opaque_fields.end() && text.size() >= opaque_bytes_min && is_base64(text);
}

void visit_below(std::string_view field, json::value& value, const VisitText& visit) {
  if (value.is_string()) {
    auto& text = value.get_string();
    if (!text.empty() && !is_no_text(field, text)) visit(text);
  } else if (value.is_array()) {
    for (auto& item : value.get_array()) visit_below(field, item, visit);
  } else if (value.is_object()) {
    for (auto& member : value.get_object()) visit_below(member.key(), member.value(), visit);
  }
}

}  // namespace

void visit_texts(json::value& value, const VisitText& visit) { visit_below({}, value, visit); }

void visit_request_texts(json::object& body, const VisitText& visit) {
  for (auto& member : body) {
    if (member.key() != "model") visit_below(member.key(), member.value(), visit);
  }
}

}  // namespace millwright::gateway
