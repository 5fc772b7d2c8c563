#include "base/json.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include "base/json_builder.hpp"
#include "base/text.hpp"

namespace millwright {
namespace {

std::unexpected<Error> wrong_json(ErrorCode code, std::string message, std::size_t byte, std::string fix = {}) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  error.where.byte = byte;
  error.fix = std::move(fix);
  return std::unexpected(std::move(error));
}

std::unexpected<Error> explain_failure(boost::system::error_code reason, std::string_view text, std::size_t byte,
                                       JsonLimits limits) {
  if (const auto bad = first_invalid_utf8(text); bad && *bad <= byte + 4) {
    return wrong_json(ErrorCode::InvalidInput, "the JSON is not valid UTF-8", *bad);
  }
  if (reason == json::error::too_deep) {
    return wrong_json(ErrorCode::TooLarge, fmt::format("the JSON is nested deeper than {} levels", limits.depth_max),
                      byte);
  }
  if (reason == json::error::incomplete) {
    return wrong_json(ErrorCode::InvalidInput, "the JSON ends too early", text.size());
  }
  return wrong_json(ErrorCode::InvalidInput, fmt::format("the JSON is malformed: {}", reason.message()), byte);
}

/// Strings take their own size once more, members and elements some 40 bytes each; the pool grows when that is not enough.
json::storage_ptr make_pool(std::size_t text_bytes) {
  return json::make_shared_resource<json::monotonic_resource>(std::clamp<std::size_t>(2 * text_bytes, 1024, 64 << 10));
}

Error wrong_member(std::string_view name, std::string_view problem) {
  Error error;
  error.code = ErrorCode::InvalidInput;
  error.message = fmt::format("\"{}\" {}", name, problem);
  error.where.field = std::string(name);
  return error;
}

}  // namespace

Result<json::value> parse_json(std::string_view text, JsonLimits limits, JsonMemory memory) {
  if (text.size() > limits.bytes_max) {
    return fail(ErrorCode::TooLarge, "the JSON has {} bytes, more than the {} allowed", text.size(), limits.bytes_max);
  }
  json::parse_options options;
  options.max_depth = limits.depth_max;
  json::basic_parser<JsonBuilder> parser(options);
  parser.handler().stack.reset(memory == JsonMemory::Pooled ? make_pool(text.size()) : json::storage_ptr());
  boost::system::error_code reason;
  const auto consumed = parser.write_some(false, text.data(), text.size(), reason);
  if (reason) return explain_failure(reason, text, consumed, limits);
  if (consumed < text.size()) {
    return wrong_json(ErrorCode::InvalidInput, "the JSON has more text after its end", consumed);
  }
  return parser.handler().stack.release();
}

Result<json::object> parse_json_object(std::string_view text, JsonLimits limits, JsonMemory memory) {
  auto value = parse_json(text, limits, memory);
  if (!value) return pass(value);
  if (!value->is_object()) return wrong_json(ErrorCode::InvalidInput, "the JSON is not an object", 0);
  return std::move(value->get_object());
}

const json::value* find_member(const json::object& object, std::string_view name) { return object.if_contains(name); }

std::string_view string_member(const json::object& object, std::string_view name) {
  const auto* member = object.if_contains(name);
  if (member == nullptr || !member->is_string()) return {};
  return member->get_string();
}

Result<std::string> load_string(const json::object& object, std::string_view name) {
  const auto* member = object.if_contains(name);
  if (member == nullptr) return std::unexpected(wrong_member(name, "is missing"));
  if (!member->is_string()) return std::unexpected(wrong_member(name, "must be a string"));
  return std::string(member->get_string());
}

Result<std::int64_t> load_integer(const json::object& object, std::string_view name) {
  const auto* member = object.if_contains(name);
  if (member == nullptr) return std::unexpected(wrong_member(name, "is missing"));
  boost::system::error_code reason;
  const auto value = member->to_number<std::int64_t>(reason);
  if (reason) return std::unexpected(wrong_member(name, "must be a whole number"));
  return value;
}

}  // namespace millwright
