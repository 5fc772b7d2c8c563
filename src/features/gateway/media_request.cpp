// Checks requests for images, speech and transcripts, as JSON or as a form, with errors that name the field.
#include "features/gateway/media_request.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "features/gateway/audio_length.hpp"
#include "features/gateway/chat.hpp"
#include "features/gateway/request_fields.hpp"

namespace millwright::gateway {
namespace {

constexpr std::int64_t images_max = 128, partial_images_max = 16, frames_max = 64, frames_usual = 9;
constexpr std::size_t text_bytes_max = 1u << 20;

bool is_image(Operation operation) { return operation >= Operation::Images && operation <= Operation::ImageVariations; }
bool is_heard(Operation operation) { return operation >= Operation::Transcriptions; }

/// A field of a form is text whatever it means.
Result<std::int64_t> integer_of(const json::object& body, const std::string& name, std::int64_t otherwise,
                                std::int64_t low, std::int64_t high) {
  const auto* value = find_member(body, name);
  if (value == nullptr || value->is_null()) return otherwise;
  std::int64_t number = -1;
  bool is_number = value->is_int64();
  if (is_number) number = value->get_int64();
  if (value->is_string()) {
    const std::string_view text(value->get_string());
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    is_number = error == std::errc() && end == text.data() + text.size() && !text.empty();
  }
  if (!is_number || number < low || number > high) {
    return field_error(name, fmt::format("{} must be a whole number from {} to {}", name, low, high));
  }
  return number;
}

Result<bool> boolean_of(const json::object& body, const std::string& name) {
  const auto* value = find_member(body, name);
  if (value == nullptr || value->is_null()) return false;
  if (value->is_bool()) return value->get_bool();
  if (value->is_string() && (value->get_string() == "true" || value->get_string() == "false")) {
    return value->get_string() == "true";
  }
  return field_error(name, name + " must be true or false");
}

Result<std::string> text_of(const json::object& body, const std::string& name, bool is_required) {
  const auto* value = find_member(body, name);
  if (value == nullptr || value->is_null()) {
    if (is_required) return field_error(name, name + " is missing");
    return std::string();
  }
  if (!value->is_string()) return field_error(name, name + " must be a string");
  if (is_required && value->get_string().empty()) return field_error(name, name + " must not be empty");
  if (value->get_string().size() > text_bytes_max) return field_error(name, name + " is too long");
  return std::string(value->get_string());
}

std::int64_t characters_of(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

bool is_image_field(std::string_view name) {
  return name == "image" || name == "mask" || name == "markup" || name.starts_with("image[");
}

Result<void> check_images(ChatRequest& request) {
  const auto& body = request.body;
  auto& media = request.media;
  if (request.operation != Operation::ImageVariations) {
    auto prompt = text_of(body, "prompt", true);
    if (!prompt) return pass(prompt);
  }
  const bool is_gif = string_member(body, "output_format") == "gif";
  const struct {
    const char* name;
    std::int64_t otherwise, low, high;
    std::int64_t* value;
  } numbers[] = {{"n", 1, 1, images_max, &media.images},
                 {"partial_images", 0, 0, partial_images_max, &media.partial_images},
                 {"frame_count", is_gif ? frames_usual : 1, 1, frames_max, &media.frames}};
  for (const auto& each : numbers) {
    auto number = integer_of(body, each.name, each.otherwise, each.low, each.high);
    if (!number) return pass(number);
    *each.value = *number;
  }
  for (const auto& [name, text] : {std::pair{"quality", &media.quality}, std::pair{"size", &media.size}}) {
    auto given = text_of(body, name, false);
    if (!given) return pass(given);
    *text = std::move(*given);
  }
  media.is_drawn = string_member(body, "output_format") == "svg";
  if (const auto* images = find_member(body, "images"); images != nullptr && images->is_array()) {
    media.input_images = static_cast<std::int64_t>(images->get_array().size());
  }
  if (request.form) {
    for (const auto& part : *request.form) media.input_images += part.file_name && is_image_field(part.name) ? 1 : 0;
  }
  const bool has_image = media.input_images > 0 || find_member(body, "image") != nullptr;
  if (request.operation != Operation::Images && !has_image) return field_error("image", "image is missing");
  if (find_member(body, "image") != nullptr) ++media.input_images;
  if (find_member(body, "mask") != nullptr) ++media.input_images;
  auto is_streamed = boolean_of(body, "stream");
  if (!is_streamed) return pass(is_streamed);
  request.is_streamed = *is_streamed;
  return {};
}

Result<void> check_speech(ChatRequest& request) {
  auto& media = request.media;
  auto input = text_of(request.body, "input", true);
  if (!input) return pass(input);
  media.characters = characters_of(*input);
  const auto* speed = find_member(request.body, "speed");
  if (speed != nullptr && !speed->is_null()) {
    const bool is_number = speed->is_number();
    media.speed = is_number ? speed->to_number<double>() : 0;
    if (!is_number || !(media.speed >= 0.1 && media.speed <= 10)) {
      return field_error("speed", "speed must be a number from 0.1 to 10");
    }
  }
  for (const auto* name : {"response_format", "stream_format", "instructions"}) {
    auto text = text_of(request.body, name, false);
    if (!text) return pass(text);
  }
  media.format = string_member(request.body, "response_format");
  request.is_streamed = true;  // whatever the format: the sound goes out as it comes
  return {};
}

Result<void> check_heard(ChatRequest& request) {
  const io::http::FormPart* file = nullptr;
  if (request.form) {
    for (const auto& part : *request.form) {
      if (!part.file_name || part.name != "file") continue;
      if (file != nullptr) return field_error("file", "file is given twice");
      file = &part;
    }
  }
  if (file == nullptr) return field_error("file", "file is missing: send the audio as a file of a multipart form");
  if (file->content.empty()) return field_error("file", "file is empty");
  auto& media = request.media;
  const auto length = wav_length_ms(file->content);
  media.is_audio_length_known = length.has_value();
  media.audio_ms_max = length.value_or(audio_length_ms_max(file->content));
  for (const auto* name : {"prompt", "language", "response_format"}) {
    auto text = text_of(request.body, name, false);
    if (!text) return pass(text);
  }
  media.format = string_member(request.body, "response_format");
  if (request.operation == Operation::Translations) return {};
  auto is_streamed = boolean_of(request.body, "stream");
  if (!is_streamed) return pass(is_streamed);
  request.is_streamed = *is_streamed;
  return {};
}

std::size_t bytes_of_texts(const json::value& value) {
  if (value.is_string()) return value.get_string().size();
  std::size_t bytes = 0;
  if (value.is_array())
    for (const auto& each : value.get_array()) bytes += bytes_of_texts(each);
  if (value.is_object())
    for (const auto& each : value.get_object()) bytes += bytes_of_texts(each.value());
  return bytes;
}

/// Of what a model reads as text: pictures that stand in the body are counted as pictures.
std::size_t text_bytes(const json::object& body) {
  std::size_t bytes = 0;
  for (const auto& member : body) {
    const bool is_read = member.key() != "model" && !is_image_field(member.key()) && member.key() != "images";
    if (is_read) bytes += bytes_of_texts(member.value());
  }
  return bytes;
}

/// The fields of a form that are no files: a text, or a list of them where the name says so ("include[]").
Result<json::object> fields_of(const io::http::Form& form) {
  json::object body;
  for (const auto& part : form) {
    if (part.file_name) continue;
    if (first_invalid_utf8(part.content)) return field_error(part.name, part.name + " is not UTF-8");
    if (!part.name.ends_with("]")) {
      if (body.contains(part.name)) return field_error(part.name, part.name + " is given twice");
      body[part.name] = part.content;
    } else {
      auto& list = body[part.name];
      if (list.is_null()) list = json::array();
      list.get_array().emplace_back(part.content);
    }
  }
  return body;
}

}  // namespace

Result<ChatRequest> parse_media_request(Operation operation, json::object body,
                                        std::shared_ptr<const io::http::Form> form) {
  ChatRequest request;
  request.operation = operation;
  request.form = std::move(form);
  if (request.form) {
    auto fields = fields_of(*request.form);
    if (!fields) return pass(fields);
    body = std::move(*fields);
  }
  auto model = load_model(body);
  if (!model) return pass(model);
  request.model = std::move(*model);
  take_over(request.body, std::move(body));
  auto checked = is_image(operation)   ? check_images(request)
                 : is_heard(operation) ? check_heard(request)
                                       : check_speech(request);
  if (!checked) return pass(checked);
  request.text_bytes = text_bytes(request.body);
  return request;
}

}  // namespace millwright::gateway
