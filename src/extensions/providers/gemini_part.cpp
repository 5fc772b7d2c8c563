#include "extensions/providers/gemini_part.hpp"

#include <array>
#include <optional>

#include "base/text.hpp"

namespace millwright::extensions {
namespace {

struct MediaType {
  std::string_view ending, name;
};
constexpr std::array media_types{MediaType{"png", "image/png"},         MediaType{"jpg", "image/jpeg"},
                                 MediaType{"jpeg", "image/jpeg"},       MediaType{"webp", "image/webp"},
                                 MediaType{"gif", "image/gif"},         MediaType{"heic", "image/heic"},
                                 MediaType{"heif", "image/heif"},       MediaType{"pdf", "application/pdf"},
                                 MediaType{"txt", "text/plain"},        MediaType{"md", "text/md"},
                                 MediaType{"csv", "text/csv"},          MediaType{"html", "text/html"},
                                 MediaType{"json", "application/json"}, MediaType{"mp3", "audio/mp3"},
                                 MediaType{"wav", "audio/wav"},         MediaType{"flac", "audio/flac"},
                                 MediaType{"ogg", "audio/ogg"},         MediaType{"aac", "audio/aac"},
                                 MediaType{"mp4", "video/mp4"},         MediaType{"mov", "video/mov"},
                                 MediaType{"webm", "video/webm"}};

/// By the ending of a file name or of a URL's path; empty when unknown.
std::string_view media_type_of(std::string_view name) {
  name = name.substr(0, name.find_first_of("?#"));
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos) return {};
  const auto ending = to_lower_ascii(name.substr(dot + 1));
  for (const auto& type : media_types) {
    if (type.ending == ending) return type.name;
  }
  return {};
}

json::object inline_part(std::string_view media_type, std::string_view base64) {
  return {{"inlineData", json::object{{"mimeType", media_type}, {"data", base64}}}};
}

json::object file_part(std::string_view uri, std::string_view media_type) {
  json::object file;
  if (media_type.empty()) media_type = media_type_of(uri);
  if (!media_type.empty()) file["mimeType"] = media_type;
  file["fileUri"] = uri;
  return {{"fileData", std::move(file)}};
}

/// "data:image/png;base64,AAAA", or a URL that the provider fetches itself.
Result<json::object> part_of_url(std::string_view url, std::string_view media_type, const std::string& field) {
  if (url.empty()) return gateway::field_error(field, "a URL is missing");
  if (!url.starts_with("data:")) return file_part(url, media_type);
  const auto comma = url.find(',');
  const auto head = url.substr(5, comma == std::string_view::npos ? 0 : comma - 5);
  if (comma == std::string_view::npos || !head.ends_with(";base64")) {
    return gateway::field_error(field, "a data URL must hold base64, as in data:image/png;base64,…");
  }
  const auto named = head.substr(0, head.find(';'));
  if (named.empty() && media_type.empty()) return gateway::field_error(field, "a data URL must name its media type");
  return inline_part(named.empty() ? media_type : named, url.substr(comma + 1));
}

/// `image_url` and its like: an object with `url`, or the URL itself.
Result<json::object> part_of_link(const json::object& part, std::string_view name, const std::string& field) {
  const auto* link = find_member(part, name);
  const auto place = fmt::format("{}.{}", field, name);
  if (link != nullptr && link->is_string()) return part_of_url(link->get_string(), {}, place);
  if (link == nullptr || !link->is_object()) return gateway::field_error(place, fmt::format("{} must be an object", name));
  return part_of_url(string_member(link->get_object(), "url"), string_member(link->get_object(), "format"),
                     place + ".url");
}

Result<json::object> part_of_audio(const json::object& part, const std::string& field) {
  const auto* audio = find_member(part, "input_audio");
  if (audio == nullptr || !audio->is_object())
    return gateway::field_error(field + ".input_audio", "input_audio must be an object");
  const auto data = string_member(audio->get_object(), "data");
  const auto format = string_member(audio->get_object(), "format");
  if (data.empty() || format.empty()) return gateway::field_error(field + ".input_audio", "audio needs data and format");
  return inline_part(fmt::format("audio/{}", format), data);
}

Result<json::object> part_of_file(const json::object& part, const std::string& field) {
  const auto* file = find_member(part, "file");
  if (file == nullptr || !file->is_object()) return gateway::field_error(field + ".file", "file must be an object");
  const auto& object = file->get_object();
  auto media_type = string_member(object, "format");
  if (media_type.empty()) media_type = media_type_of(string_member(object, "filename"));
  const auto data = string_member(object, "file_data");
  if (data.starts_with("data:")) return part_of_url(data, media_type, field + ".file.file_data");
  if (!data.empty()) {
    if (media_type.empty())
      return gateway::field_error(field + ".file.file_data", "a file needs a data URL or a known file name");
    return inline_part(media_type, data);
  }
  const auto id = string_member(object, "file_id");
  if (id.empty()) return gateway::field_error(field + ".file", "a file needs file_data or file_id");
  return file_part(id, media_type);
}

Result<json::object> part_of(const json::object& part, const std::string& field) {
  const auto type = string_member(part, "type");
  if (type == "text") return json::object{{"text", string_member(part, "text")}};
  if (type == "refusal") return json::object{{"text", string_member(part, "refusal")}};
  if (type == "image_url" || type == "video_url") return part_of_link(part, type, field);
  if (type == "input_audio") return part_of_audio(part, field);
  if (type == "file") return part_of_file(part, field);
  const auto* value = find_member(part, "value");
  if (type == "native" && string_member(part, "dialect") == "gemini" && value != nullptr && value->is_object()) {
    return value->get_object();
  }
  if (type == "native") {
    return gateway::field_error(field, fmt::format("a part of the dialect \"{}\" cannot be sent to this provider",
                                           string_member(part, "dialect")));
  }
  return gateway::field_error(field + ".type", fmt::format("a part of type \"{}\" cannot be sent to this provider", type));
}

}  // namespace

Result<void> append_gemini_parts(const json::value& content, const std::string& field, json::array& parts) {
  if (content.is_null()) return {};
  if (content.is_string()) {
    parts.push_back(json::object{{"text", content.get_string()}});
    return {};
  }
  if (!content.is_array()) return gateway::field_error(field, "content must be a string or a list of parts");
  for (std::size_t i = 0; i < content.get_array().size(); ++i) {
    const auto place = fmt::format("{}[{}]", field, i);
    const auto& item = content.get_array()[i];
    if (!item.is_object()) return gateway::field_error(place, "a content part must be an object");
    auto part = part_of(item.get_object(), place);
    if (!part) return pass(part);
    parts.push_back(std::move(*part));
  }
  return {};
}

Result<std::string> text_of_content(const json::value& content, const std::string& field) {
  json::array parts;
  auto appended = append_gemini_parts(content, field, parts);
  if (!appended) return pass(appended);
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto* piece = find_member(parts[i].get_object(), "text");
    if (piece == nullptr || !piece->is_string())
      return gateway::field_error(fmt::format("{}[{}]", field, i), "only text is taken here");
    if (i > 0) text += '\n';
    text += piece->get_string();
  }
  return text;
}

}  // namespace millwright::extensions
