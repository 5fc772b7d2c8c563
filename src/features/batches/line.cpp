#include "features/batches/line.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace millwright::batches {
namespace {

constexpr std::size_t custom_id_bytes_max = 512;
constexpr std::size_t models_max = 16;

std::unexpected<LineFault> fault(std::string code, std::string message, std::string param, std::int64_t number) {
  return std::unexpected(LineFault{std::move(code), std::move(message), std::move(param), number});
}

}  // namespace

std::expected<Line, LineFault> parse_line(std::string_view text, std::int64_t number, std::string_view endpoint) {
  auto parsed = parse_json_object(text, {line_bytes_max, 64});
  if (!parsed) return fault("invalid_json_line", "This line is not a JSON object: " + parsed.error().message, "", number);
  auto& object = *parsed;
  for (const auto& member : object) {
    const std::string_view name = member.key();
    if (name != "custom_id" && name != "method" && name != "url" && name != "body") {
      return fault("unknown_parameter", "A line holds custom_id, method, url and body only.",
                   std::string(utf8_prefix(name, 64)), number);
    }
  }
  for (const auto* name : {"custom_id", "method", "url", "body"}) {
    if (find_member(object, name) == nullptr) {
      return fault("missing_required_parameter", fmt::format("The parameter '{}' is missing.", name), name, number);
    }
  }
  const auto custom_id = string_member(object, "custom_id");
  if (custom_id.empty() || custom_id.size() > custom_id_bytes_max) {
    return fault("invalid_custom_id", "custom_id must be a text of 1 to 512 bytes.", "custom_id", number);
  }
  if (string_member(object, "method") != "POST") return fault("invalid_method", "method must be \"POST\".", "method", number);
  if (string_member(object, "url") != endpoint) {
    return fault("mismatched_endpoint", fmt::format("url must be \"{}\", the endpoint of the batch.", endpoint), "url", number);
  }
  auto* body = object.if_contains("body");
  if (!body->is_object()) return fault("invalid_body", "body must be an object.", "body", number);
  const auto* stream = find_member(body->get_object(), "stream");
  if (stream != nullptr && *stream != false && !stream->is_null()) {
    return fault("stream_not_supported", "A line of a batch cannot be streamed.", "body.stream", number);
  }
  if (string_member(body->get_object(), "model").empty()) {
    return fault("missing_required_parameter", "The parameter 'body.model' is missing.", "body.model", number);
  }
  return Line{number, std::string(custom_id), std::move(body->get_object())};
}

void InputCheck::add_fault(LineFault given) {
  if (faults_.size() < faults_max) faults_.push_back(std::move(given));
}

bool InputCheck::add(std::string_view text, std::int64_t number) {
  if (++lines_ > lines_max) {
    add_fault({"too_many_tasks", fmt::format("A batch has at most {} lines.", lines_max), "", number});
    return false;
  }
  auto line = parse_line(text, number, endpoint_);
  if (!line) {
    add_fault(std::move(line.error()));
    return faults_.size() < faults_max;
  }
  if (!ids_.insert(sha256(line->custom_id)).second) {
    add_fault({"duplicate_custom_id", "The custom_id of this line has been used before in this file.", "custom_id", number});
  }
  const std::string model(string_member(line->body, "model"));
  if (models_.size() < models_max && std::ranges::find(models_, model) == models_.end()) models_.push_back(model);
  return faults_.size() < faults_max;
}

void InputCheck::finish() {
  if (lines_ == 0) add_fault({"empty_file", "The input file holds no line.", "", 0});
}

std::string render_answer(std::string_view trace, std::string_view custom_id, std::uint16_t status,
                          std::string_view body) {
  return fmt::format(R"({{"id":"batch_req_{}","custom_id":{},"response":{{"status_code":{},"request_id":"{}","body":{}}},"error":null}})",
                     trace, json::serialize(json::value(custom_id)), status, trace, body);
}

std::string render_failure(std::string_view trace, std::string_view custom_id, json::object error) {
  return json::serialize(json::object{{"id", fmt::format("batch_req_{}", trace)},
                                      {"custom_id", custom_id},
                                      {"response", nullptr},
                                      {"error", std::move(error)}});
}

}  // namespace millwright::batches
