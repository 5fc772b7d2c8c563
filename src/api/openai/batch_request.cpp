#include "api/openai/batch_request.hpp"

#include <array>

#include "base/text.hpp"
#include "features/gateway/gateway.hpp"

namespace millwright::api::openai {
namespace {

using gateway::field_error;

constexpr std::size_t metadata_max = 16, metadata_name_max = 64, metadata_value_max = 512;   // as OpenAI has it

Result<void> read_metadata(const json::value& value, batches::NewBatch& batch) {
  if (value.is_null()) return {};
  if (!value.is_object()) return field_error("metadata", "it must be an object of texts");
  const auto& metadata = value.get_object();
  if (metadata.size() > metadata_max) return field_error("metadata", "it has at most 16 members");
  for (const auto& member : metadata) {
    const std::string field = "metadata." + std::string(utf8_prefix(member.key(), metadata_name_max));
    if (member.key().size() > metadata_name_max) return field_error(field, "a name has at most 64 bytes");
    if (!member.value().is_string() || member.value().get_string().size() > metadata_value_max) {
      return field_error(field, "it must be a text of at most 512 bytes");
    }
  }
  batch.metadata = metadata;
  return {};
}

Result<void> read_own(const json::value& value, batches::NewBatch& batch, Timestamp now) {
  if (!value.is_object()) return field_error("millwright", "it must be an object");
  for (const auto& member : value.get_object()) {
    const std::string_view name = member.key();
    const auto text = member.value().is_string() ? std::string_view(member.value().get_string()) : std::string_view();
    if (name == "deadline") {
      auto time = parse_time(text);
      if (!time) return field_error("millwright.deadline", "it must be a time as 2026-11-24T06:00:00Z");
      batch.time = std::chrono::duration_cast<Duration>(*time - now);
    } else if (name == "off_peak") {
      batch.off_peak = batches::find_off_peak(text);
      if (!batch.off_peak) return field_error("millwright.off_peak", "it must be prefer, only or ignore");
    } else if (name == "provider_batch") {
      batch.provider_batch = batches::find_provider_batch(text);
      if (!batch.provider_batch) return field_error("millwright.provider_batch", "it must be prefer or never");
    } else {
      return field_error("millwright." + std::string(utf8_prefix(name, 64)),
                         "there is no such field; it takes deadline, off_peak and provider_batch");
    }
  }
  return {};
}

Result<void> read_expiry(const json::value& value, batches::NewBatch& batch) {
  if (value.is_null()) return {};
  const auto* object = value.if_object();
  if (object == nullptr || string_member(*object, "anchor") != "created_at") {
    return field_error("output_expires_after.anchor", "the anchor must be \"created_at\"");
  }
  const auto* seconds = find_member(*object, "seconds");
  if (seconds == nullptr || !seconds->is_int64() || seconds->get_int64() < 3'600 || seconds->get_int64() > 2'592'000) {
    return field_error("output_expires_after.seconds", "it must be a number of seconds from 3600 to 2592000");
  }
  batch.output_expires_after = std::chrono::seconds(seconds->get_int64());
  return {};
}

}  // namespace

Result<batches::NewBatch> parse_batch_request(const json::object& body, Timestamp now) {
  constexpr std::array<std::string_view, 6> known{"input_file_id", "endpoint", "completion_window",
                                                  "metadata", "output_expires_after", "millwright"};
  for (const auto& member : body) {
    if (std::ranges::find(known, std::string_view(member.key())) != known.end()) continue;
    return field_error(std::string(utf8_prefix(member.key(), 64)), "a batch has no such field");
  }
  batches::NewBatch batch;
  for (const auto& [name, target] : {std::pair{"input_file_id", &batch.input_file}, std::pair{"endpoint", &batch.endpoint},
                                     std::pair{"completion_window", &batch.window}}) {
    auto text = load_string(body, name);
    if (!text) {
      text.error().where.field = name;
      return pass(text);
    }
    *target = std::move(*text);
  }
  auto window = parse_duration(batch.window);
  if (!window) return field_error("completion_window", "it must be a duration as 24h");
  batch.time = *window;
  Result<void> read;
  if (const auto* metadata = find_member(body, "metadata")) read = read_metadata(*metadata, batch);
  if (!read) return pass(read);
  if (const auto* expiry = find_member(body, "output_expires_after")) read = read_expiry(*expiry, batch);
  if (!read) return pass(read);
  if (const auto* own = find_member(body, "millwright")) read = read_own(*own, batch, now);
  if (!read) return pass(read);
  return batch;
}

}  // namespace millwright::api::openai
