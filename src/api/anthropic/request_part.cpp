#include "api/anthropic/request_part.hpp"

#include "api/anthropic/members.hpp"
#include "api/anthropic/surface.hpp"

namespace millwright::api::anthropic {
namespace {

Result<const json::object*> source_of(const json::object& block, const std::string& field) {
  const auto* source = find_member(block, "source");
  if (source == nullptr || !source->is_object()) return field_error(field + ".source", "Field required: an object");
  if (string_member(source->get_object(), "type").empty()) return field_error(field + ".source.type", "Field required");
  return &source->get_object();
}

Result<std::string> text_of(const json::object& object, const char* name, const std::string& field) {
  const auto* text = find_member(object, name);
  if (text == nullptr) return field_error(fmt::format("{}.{}", field, name), "Field required");
  if (!text->is_string()) return field_error(fmt::format("{}.{}", field, name), "must be a string");
  return std::string(text->get_string());
}

/// "data:MEDIA;base64,DATA" of a base64 source.
Result<std::string> data_url_of(const json::object& source, const std::string& field) {
  auto media_type = text_of(source, "media_type", field);
  if (!media_type) return media_type;
  const auto* data = find_member(source, "data");
  if (data == nullptr || !data->is_string()) return field_error(field + ".data", "Field required: base64 text");
  const std::string_view bytes = data->get_string();
  std::string url = "data:" + *media_type + ";base64,";
  url += bytes;
  return url;
}

Result<json::object> decode_image(const json::object& block, const std::string& field) {
  const auto source = source_of(block, field);
  if (!source) return std::unexpected(source.error());
  const auto type = string_member(**source, "type");
  const auto place = field + ".source";
  Result<std::string> url;
  if (type == "base64")
    url = data_url_of(**source, place);
  else if (type == "url")
    url = text_of(**source, "url", place);
  else
    return native_part(block);
  if (!url) return pass(url);
  json::object part{{"type", "image_url"}, {"image_url", json::object{{"url", std::move(*url)}}}};
  copy_rest(block, {"type", "source"}, part);
  return part;
}

/// Files by their bytes, address or id. Plain text and lists of blocks stay blocks of this dialect: as a file their
/// text would be hidden from guards.
Result<json::object> decode_document(const json::object& block, const std::string& field) {
  const auto source = source_of(block, field);
  if (!source) return std::unexpected(source.error());
  const auto type = string_member(**source, "type");
  const auto place = field + ".source";
  json::object file;
  Result<std::string> text;
  if (type == "base64") {
    text = data_url_of(**source, place);
    if (text) file["file_data"] = std::move(*text);
  } else if (type == "url") {
    text = text_of(**source, "url", place);
    if (text) file["file_url"] = std::move(*text);
  } else if (type == "file") {
    text = text_of(**source, "file_id", place);
    if (text) file["file_id"] = std::move(*text);
  } else {
    return native_part(block);
  }
  if (!text) return pass(text);
  const auto title = string_member(block, "title");
  if (!title.empty()) file["filename"] = title;
  json::object part{{"type", "file"}, {"file", std::move(file)}};
  copy_rest(block, {"type", "source", "title"}, part);
  return part;
}

}  // namespace

json::object native_part(const json::object& block) {
  return {{"type", "native"}, {"dialect", "anthropic"}, {"value", block}};
}

Result<std::string_view> type_of_block(const json::value& block, const std::string& field) {
  if (!block.is_object()) return field_error(field, "must be an object");
  const auto* type = find_member(block.get_object(), "type");
  if (type == nullptr) return field_error(field + ".type", "Field required");
  if (!type->is_string() || type->get_string().empty()) return field_error(field + ".type", "must be a string");
  return std::string_view(type->get_string());
}

Result<json::object> decode_part(const json::object& block, const std::string& field) {
  const auto type = string_member(block, "type");
  if (type == "image") return decode_image(block, field);
  if (type == "document") return decode_document(block, field);
  if (type != "text") return native_part(block);
  auto text = text_of(block, "text", field);
  if (!text) return pass(text);
  json::object part{{"type", "text"}, {"text", std::move(*text)}};
  copy_rest(block, {"type", "text"}, part);
  return part;
}

}  // namespace millwright::api::anthropic
