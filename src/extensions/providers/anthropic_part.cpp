#include "extensions/providers/anthropic_part.hpp"

#include "base/text.hpp"
#include "extensions/providers/data_url.hpp"

namespace millwright::extensions {
namespace {

bool is_web_url(std::string_view url) {
  return equal_ignoring_case(url.substr(0, 8), "https://") || equal_ignoring_case(url.substr(0, 7), "http://");
}

/// Everything of the part but its type and what was translated: cache_control, citations, context …
void copy_rest(const json::object& part, std::string_view translated, json::object& block) {
  for (const auto& member : part) {
    if (member.key() != "type" && member.key() != translated && !member.value().is_null()) {
      block[member.key()] = member.value();
    }
  }
}

json::object base64_source(const DataUrl& url) {
  return {{"type", "base64"}, {"media_type", url.media_type}, {"data", url.base64}};
}

json::object make_block(std::string_view type, json::object source) {
  return {{"type", type}, {"source", std::move(source)}};
}

Result<json::object> encode_image(const json::object& part, const std::string& field) {
  const auto* image = find_member(part, "image_url");
  // Some clients write the URL itself where an object with the URL belongs.
  std::string_view url;
  if (image != nullptr && image->is_string()) url = image->get_string();
  if (image != nullptr && image->is_object()) url = string_member(image->get_object(), "url");
  json::object block;
  if (const auto data = parse_data_url(url))
    block = make_block("image", base64_source(*data));
  else if (is_web_url(url))
    block = make_block("image", {{"type", "url"}, {"url", url}});
  else
    return gateway::field_error(field + ".image_url.url", "an image must be an http(s) URL or a base64 data URL");
  copy_rest(part, "image_url", block);
  return block;
}

Result<json::object> encode_file_bytes(const DataUrl& url, const std::string& field) {
  if (url.media_type == "application/pdf") return make_block("document", base64_source(url));
  if (url.media_type.starts_with("image/")) return make_block("image", base64_source(url));
  if (url.media_type.starts_with("text/") || url.media_type == "application/json") {
    auto text = from_base64(url.base64);
    if (!text || first_invalid_utf8(*text)) return gateway::field_error(field, "the file is not base64 of UTF-8 text");
    return make_block("document", {{"type", "text"}, {"media_type", "text/plain"}, {"data", *text}});
  }
  return gateway::field_error(field, fmt::format("files of type \"{}\" are not taken; PDF, text and images are",
                                                 utf8_prefix(url.media_type, 80)));
}

Result<json::object> encode_file(const json::object& part, const std::string& field) {
  const auto* value = find_member(part, "file");
  if (value == nullptr || !value->is_object()) return gateway::field_error(field + ".file", "file must be an object");
  const auto& file = value->get_object();
  Result<json::object> block = json::object();
  if (const auto bytes = string_member(file, "file_data"); !bytes.empty()) {
    const auto url = parse_data_url(bytes);
    if (!url) return gateway::field_error(field + ".file.file_data", "file_data must be a base64 data URL");
    block = encode_file_bytes(*url, field + ".file.file_data");
    if (!block) return block;
  } else if (const auto id = string_member(file, "file_id"); !id.empty()) {
    block = make_block("document", {{"type", "file"}, {"file_id", id}});
  } else if (const auto url = string_member(file, "file_url"); is_web_url(url)) {
    block = make_block("document", {{"type", "url"}, {"url", url}});
  } else {
    return gateway::field_error(field + ".file", "a file needs file_data, file_id or file_url");
  }
  const auto title = string_member(file, "filename");
  if (!title.empty() && string_member(*block, "type") == "document") (*block)["title"] = title;
  copy_rest(part, "file", *block);
  return block;
}

}  // namespace

Result<json::object> unwrap_anthropic_native(const json::object& part, const std::string& field) {
  const auto dialect = string_member(part, "dialect");
  if (dialect != "anthropic") {
    return gateway::field_error(
        field, fmt::format("a block of the dialect \"{}\" means nothing to this provider", utf8_prefix(dialect, 80)));
  }
  const auto* value = find_member(part, "value");
  if (value == nullptr || !value->is_object()) return gateway::field_error(field + ".value", "value must be an object");
  return value->get_object();
}

Result<json::object> encode_anthropic_part(const json::object& part, const std::string& field) {
  const auto type = string_member(part, "type");
  if (type == "text") {
    json::object block{{"type", "text"}, {"text", string_member(part, "text")}};
    copy_rest(part, "text", block);
    return block;
  }
  if (type == "refusal") return json::object{{"type", "text"}, {"text", string_member(part, "refusal")}};
  if (type == "image_url") return encode_image(part, field);
  if (type == "file") return encode_file(part, field);
  if (type == "native") return unwrap_anthropic_native(part, field);
  return gateway::field_error(
      field + ".type", fmt::format("parts of type \"{}\" are not taken by this provider", utf8_prefix(type, 80)));
}

}  // namespace millwright::extensions
