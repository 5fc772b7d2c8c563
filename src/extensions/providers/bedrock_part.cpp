#include "extensions/providers/bedrock_part.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.hpp"
#include "extensions/providers/data_url.hpp"
#include "features/gateway/gateway.hpp"

namespace millwright::extensions {
namespace {

using Known = std::pair<std::string_view, std::string_view>;  // media type, Bedrock's word

constexpr std::array<Known, 4> images{
    {{"image/png", "png"}, {"image/jpeg", "jpeg"}, {"image/gif", "gif"}, {"image/webp", "webp"}}};
constexpr std::array<Known, 12> documents{{
    {"application/pdf", "pdf"},
    {"text/csv", "csv"},
    {"application/msword", "doc"},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"},
    {"application/vnd.ms-excel", "xls"},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"},
    {"text/html", "html"},
    {"text/plain", "txt"},
    {"application/json", "txt"},
    {"text/markdown", "md"},
    {"text/x-markdown", "md"},
    {"text/xml", "txt"},
}};
constexpr std::array<Known, 9> videos{{{"video/mp4", "mp4"},
                                       {"video/quicktime", "mov"},
                                       {"video/x-matroska", "mkv"},
                                       {"video/webm", "webm"},
                                       {"video/x-flv", "flv"},
                                       {"video/mpeg", "mpeg"},
                                       {"video/mpg", "mpg"},
                                       {"video/x-ms-wmv", "wmv"},
                                       {"video/3gpp", "three_gp"}}};

template <std::size_t size>
std::string_view format_of(const std::array<Known, size>& known, std::string_view media_type) {
  const auto* found = std::ranges::find(known, media_type, &Known::first);
  return found == known.end() ? std::string_view() : found->second;
}

bool is_s3(std::string_view url) { return url.starts_with("s3://"); }

json::object block(std::string_view kind, std::string_view format, json::object source) {
  return {{kind, json::object{{"format", format}, {"source", std::move(source)}}}};
}

std::unexpected<Error> refuse_s3(const std::string& field) {
  return gateway::field_error(field, "this provider reads no objects in S3 but those below its option s3_prefix");
}

/// Whether something in a native block names an object in S3 that may not be read.
bool reads_elsewhere(const json::value& value, const BedrockParts& parts) {
  if (value.is_array()) {
    return std::ranges::any_of(value.get_array(), [&](const auto& item) { return reads_elsewhere(item, parts); });
  }
  if (!value.is_object()) return false;
  return std::ranges::any_of(value.get_object(), [&](const auto& member) {
    if (member.key() != "s3Location") return reads_elsewhere(member.value(), parts);
    return !member.value().is_object() || !parts.may_read(string_member(member.value().get_object(), "uri"));
  });
}

json::object s3_source(std::string_view url) { return {{"s3Location", json::object{{"uri", url}}}}; }

/// The format of an object in S3 by the ending of its name.
std::string_view format_of_name(std::string_view url) {
  const auto dot = url.rfind('.');
  const auto ending = dot == std::string_view::npos ? std::string_view() : url.substr(dot + 1);
  return ending == "jpg" ? "jpeg" : ending == "3gp" ? "three_gp" : ending;
}

std::string_view url_of(const json::object& part, std::string_view name) {
  const auto* value = find_member(part, name);
  if (value == nullptr) return {};
  // Some clients write the URL itself where an object with the URL belongs.
  if (value->is_string()) return value->get_string();
  return value->is_object() ? string_member(value->get_object(), "url") : std::string_view();
}

template <std::size_t size>
Result<json::object> encode_media(const json::object& part, std::string_view kind, const std::array<Known, size>& known,
                                  const std::string& field, const BedrockParts& parts) {
  const auto member = fmt::format("{}_url", kind);
  const auto url = url_of(part, member);
  if (is_s3(url)) {
    if (!parts.may_read(url)) return refuse_s3(fmt::format("{}.{}.url", field, member));
    return block(kind, format_of_name(url), s3_source(url));
  }
  const auto data = parse_data_url(url);
  if (!data) {
    return gateway::field_error(fmt::format("{}.{}.url", field, member),
                                fmt::format("this provider fetches no {}s: send a base64 data URL", kind));
  }
  const auto format = format_of(known, data->media_type);
  if (format.empty()) {
    return gateway::field_error(fmt::format("{}.{}.url", field, member),
                                fmt::format("{}s of type \"{}\" are not taken by this provider", kind,
                                            utf8_prefix(data->media_type, 80)));
  }
  return block(kind, format, {{"bytes", data->base64}});
}

Result<json::object> encode_audio(const json::object& part, const std::string& field) {
  const auto* audio = find_member(part, "input_audio");
  if (audio == nullptr || !audio->is_object())
    return gateway::field_error(field + ".input_audio", "input_audio must be an object");
  const auto format = string_member(audio->get_object(), "format");
  const auto bytes = string_member(audio->get_object(), "data");
  if (format.empty() || bytes.empty())
    return gateway::field_error(field + ".input_audio", "input_audio needs data and format");
  return block("audio", format, {{"bytes", bytes}});
}

Result<json::object> encode_file(const json::object& part, const std::string& field, BedrockParts& parts) {
  const auto* value = find_member(part, "file");
  if (value == nullptr || !value->is_object()) return gateway::field_error(field + ".file", "file must be an object");
  const auto& file = value->get_object();
  const auto title = string_member(file, "filename");
  json::object document;
  if (const auto bytes = string_member(file, "file_data"); !bytes.empty()) {
    const auto url = parse_data_url(bytes);
    if (!url) return gateway::field_error(field + ".file.file_data", "file_data must be a base64 data URL");
    const auto image = format_of(images, url->media_type);
    if (!image.empty()) return block("image", image, {{"bytes", url->base64}});
    const auto format = format_of(documents, url->media_type);
    if (format.empty()) {
      return gateway::field_error(field + ".file.file_data",
                                  fmt::format("files of type \"{}\" are not taken by this provider",
                                              utf8_prefix(url->media_type, 80)));
    }
    document = {{"format", format}, {"source", json::object{{"bytes", url->base64}}}};
  } else if (const auto place = string_member(file, "file_url"); is_s3(place)) {
    if (!parts.may_read(place)) return refuse_s3(field + ".file.file_url");
    document = {{"format", format_of_name(place)}, {"source", s3_source(place)}};
  } else {
    return gateway::field_error(field + ".file", "this provider needs file_data");
  }
  document["name"] = parts.give(title);
  for (const char* name : {"context", "citations"}) {
    if (const auto* more = find_member(part, name); more != nullptr && !more->is_null()) document[name] = *more;
  }
  return json::object{{"document", std::move(document)}};
}

}  // namespace

std::string BedrockParts::give(std::string_view title) {
  std::string name;
  for (const char c : title) {
    const bool is_taken = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                          c == '(' || c == ')' || c == '[' || c == ']';
    if (c == ' ' && (name.empty() || name.back() == ' ')) continue;  // one space at a time
    name += is_taken || c == ' ' ? c : '-';
  }
  name = trimmed(name.substr(0, 180));
  if (name.empty()) name = "document";
  auto unique = name;
  for (std::size_t i = 2; !given_.insert(unique).second; ++i) unique = fmt::format("{} {}", name, i);
  return unique;
}

Result<json::object> unwrap_bedrock_native(const json::object& part, const std::string& field,
                                           const BedrockParts& parts) {
  const auto dialect = string_member(part, "dialect");
  if (dialect != "bedrock") {
    return gateway::field_error(
        field, fmt::format("a block of the dialect \"{}\" means nothing to this provider", utf8_prefix(dialect, 80)));
  }
  const auto* value = find_member(part, "value");
  if (value == nullptr || !value->is_object()) return gateway::field_error(field + ".value", "value must be an object");
  if (reads_elsewhere(*value, parts)) return refuse_s3(field + ".value");
  return value->get_object();
}

Result<json::object> encode_bedrock_part(const json::object& part, const std::string& field,
                                         BedrockParts& parts) {
  const auto type = string_member(part, "type");
  if (type == "text") return json::object{{"text", string_member(part, "text")}};
  if (type == "refusal") return json::object{{"text", string_member(part, "refusal")}};
  if (type == "image_url") return encode_media(part, "image", images, field, parts);
  if (type == "video_url") return encode_media(part, "video", videos, field, parts);
  if (type == "input_audio") return encode_audio(part, field);
  if (type == "file") return encode_file(part, field, parts);
  if (type == "native") return unwrap_bedrock_native(part, field, parts);
  return gateway::field_error(
      field + ".type", fmt::format("parts of type \"{}\" are not taken by this provider", utf8_prefix(type, 80)));
}

std::optional<json::object> find_bedrock_cache_point(const json::object& owner) {
  const auto* mark = find_member(owner, "cache_control");
  if (mark == nullptr || !mark->is_object()) return std::nullopt;
  json::object point{{"type", "default"}};
  if (const auto lifetime = string_member(mark->get_object(), "ttl"); !lifetime.empty()) point["ttl"] = lifetime;
  return json::object{{"cachePoint", std::move(point)}};
}

bool takes_cache_points(std::string_view model_id) {
  constexpr std::array<std::string_view, 6> without{"claude-3-haiku",  "claude-3-sonnet",           "claude-3-opus",
                                                    "claude-instant",  "claude-3-5-sonnet-20240620", "claude-v2"};
  constexpr std::array<std::string_view, 5> novas{"nova-micro", "nova-lite", "nova-pro", "nova-premier", "nova-2-lite"};
  const auto is_named = [model_id](std::string_view name) { return model_id.find(name) != std::string_view::npos; };
  if (is_named("anthropic.claude-")) return std::ranges::none_of(without, is_named);
  return is_named("amazon.nova-") && std::ranges::any_of(novas, is_named);
}

}  // namespace millwright::extensions
