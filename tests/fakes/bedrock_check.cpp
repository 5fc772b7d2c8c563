// What the real Bedrock refuses: signatures that do not fit the request, bodies that Converse does not take.
#include <algorithm>
#include <array>
#include <set>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "tests/fakes/bedrock.hpp"

namespace millwright::test {
namespace {

constexpr std::string_view key_id = "AKIDSCRIPTED", secret = "scripted-secret", token = "scripted-token",
                           region = "eu-central-1", api_key = "Bearer ABSK-scripted";
constexpr std::int64_t skew_max_us = 300'000'000;

std::string bytes_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()};
}

/// Everything but the unreserved characters and '/' as %XX: what is sent is encoded already, so '%' becomes %25.
std::string encoded_again(std::string_view path) {
  std::string text;
  for (const char c : path) {
    const bool is_plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("-._~/").find(c) != std::string_view::npos;
    text += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return text;
}

/// "Credential=…, SignedHeaders=…, Signature=…" by name.
std::string part_of(std::string_view authorization, std::string_view name) {
  const auto start = authorization.find(std::string(name) + "=");
  if (start == std::string_view::npos) return {};
  const auto from = start + name.size() + 1;
  return std::string(authorization.substr(from, authorization.find(',', from) - from));
}

std::string expected_signature(const io::http::Request& request, std::string_view signed_headers, std::string_view date) {
  std::string lines;
  for (const auto name : split(signed_headers, ';')) {
    lines += fmt::format("{}:{}\n", name, collapsed_whitespace(request.headers.find(name)));
  }
  const auto path = request.target.substr(0, request.target.find('?'));
  const auto canonical = fmt::format("POST\n{}\n{}\n{}\n{}\n{}", encoded_again(path), request.query, lines,
                                     signed_headers, sha256(request.body).text());
  const auto day = date.substr(0, 8);
  const auto to_sign = fmt::format("AWS4-HMAC-SHA256\n{}\n{}/{}/bedrock/aws4_request\n{}", date, day, region,
                                   sha256(canonical).text());
  auto key = bytes_of(hmac_sha256("AWS4" + std::string(secret), day));
  key = bytes_of(hmac_sha256(key, region));
  key = bytes_of(hmac_sha256(key, "bedrock"));
  key = bytes_of(hmac_sha256(key, "aws4_request"));
  return hmac_sha256(key, to_sign).text();
}

std::optional<Timestamp> time_of(std::string_view date) {
  if (date.size() != 16) return std::nullopt;
  const auto text = fmt::format("{}-{}-{}T{}:{}:{}Z", date.substr(0, 4), date.substr(4, 2), date.substr(6, 2),
                                date.substr(9, 2), date.substr(11, 2), date.substr(13, 2));
  const auto time = parse_time(text);
  return time ? std::optional(*time) : std::nullopt;
}

std::set<std::string> ids_in(const json::array& content, std::string_view kind) {
  std::set<std::string> ids;
  for (const auto& block : content) {
    const auto* value = find_member(block.as_object(), kind);
    if (value != nullptr) ids.emplace(string_member(value->as_object(), "toolUseId"));
  }
  return ids;
}

std::string find_fault_in_block(const json::object& block) {
  constexpr std::array<std::string_view, 12> kinds{"text",       "image",     "document",         "video",
                                                   "audio",      "toolUse",   "toolResult",       "guardContent",
                                                   "cachePoint", "citationsContent", "reasoningContent", "searchResult"};
  if (block.size() != 1) return "a content block must have exactly one member";
  const std::string_view kind = block.begin()->key();
  if (std::ranges::find(kinds, kind) == kinds.end()) return fmt::format("unknown content block {}", kind);
  if (kind == "text" && trimmed(string_member(block, "text")).empty()) {
    return "The text field in the ContentBlock object is blank.";
  }
  const auto* use = find_member(block, "toolUse");
  if (use != nullptr && !use->as_object().at("input").is_object()) return "toolUse.input is invalid. Provide a json object.";
  return {};
}

std::string find_fault_in_turns(const json::array& turns, bool has_tools) {
  std::string_view last;
  std::set<std::string> open;
  for (const auto& value : turns) {
    const auto& turn = value.as_object();
    const auto role = string_member(turn, "role");
    if (last.empty() && role != "user") return "A conversation must start with a user message.";
    if (role == last) return "A conversation must alternate between user and assistant roles.";
    last = role;
    const auto& content = turn.at("content").as_array();
    if (content.empty()) return "The content field in the Message object is empty.";
    for (const auto& block : content) {
      if (auto fault = find_fault_in_block(block.as_object()); !fault.empty()) return fault;
    }
    if (ids_in(content, "toolResult") != open) return "Expected toolResult blocks for the toolUse blocks of the previous turn.";
    open = ids_in(content, "toolUse");
    if (!open.empty() && !has_tools) {
      return "The toolConfig field must be defined when using toolUse and toolResult content blocks.";
    }
  }
  return {};
}

std::string find_fault_in_inference(const json::object& body) {
  const auto* config = find_member(body, "inferenceConfig");
  if (config == nullptr) return {};
  for (const auto& member : config->as_object()) {
    constexpr std::array<std::string_view, 4> names{"maxTokens", "temperature", "topP", "stopSequences"};
    if (std::ranges::find(names, std::string_view(member.key())) == names.end()) return "unknown member of inferenceConfig";
  }
  const auto* temperature = find_member(config->as_object(), "temperature");
  if (temperature != nullptr && temperature->to_number<double>() > 1) return "temperature must be at most 1";
  const auto* limit = find_member(config->as_object(), "maxTokens");
  if (limit != nullptr && (!limit->is_int64() || limit->get_int64() < 1)) return "maxTokens must be at least 1";
  return {};
}

}  // namespace

AwsRefusal find_aws_refusal(const io::http::Request& request, Timestamp now) {
  const auto authorization = request.headers.find("authorization");
  if (authorization == api_key) return {};
  if (authorization.empty()) return {"MissingAuthenticationTokenException", "Missing Authentication Token"};
  const auto date = request.headers.find("x-amz-date");
  const auto time = time_of(date);
  if (!authorization.starts_with("AWS4-HMAC-SHA256 ") || !time) return {"IncompleteSignature", "not a signature"};
  const auto credential = fmt::format("{}/{}/{}/bedrock/aws4_request", key_id, date.substr(0, 8), region);
  if (part_of(authorization, "Credential") != credential || request.headers.find("x-amz-security-token") != token) {
    return {"UnrecognizedClientException", "The security token included in the request is invalid."};
  }
  const auto headers = part_of(authorization, "SignedHeaders");
  for (const std::string_view wanted : {"host", "x-amz-date", "x-amz-security-token"}) {
    const auto names = split(headers, ';');
    if (std::ranges::find(names, wanted) == names.end()) return {"InvalidSignatureException", "a header is not signed"};
  }
  if (std::abs((now - *time).count()) > skew_max_us) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    return {"InvalidSignatureException",
            fmt::format("{} ({:%Y%m%dT%H%M%SZ} {} 5 min.)",
                        *time < now ? "Signature expired: it is now earlier than what is taken"
                                    : "Signature not yet current: it is still later than what is taken",
                        seconds, *time < now ? '-' : '+')};
  }
  if (part_of(authorization, "Signature") != expected_signature(request, headers, date)) {
    return {"InvalidSignatureException", "The request signature we calculated does not match the signature you provided."};
  }
  return {};
}

std::string find_bedrock_fault(const json::object& body) {
  constexpr std::array<std::string_view, 12> members{
      "messages",          "system",          "inferenceConfig", "toolConfig",  "guardrailConfig", "additionalModelRequestFields",
      "promptVariables",   "requestMetadata", "performanceConfig", "serviceTier", "outputConfig",
      "additionalModelResponseFieldPaths"};
  for (const auto& member : body) {
    if (std::ranges::find(members, std::string_view(member.key())) == members.end()) {
      return fmt::format("extraneous key [{}] is not permitted", std::string_view(member.key()));
    }
    if (member.value().is_null()) return fmt::format("{} must not be null", std::string_view(member.key()));
  }
  const auto* turns = find_member(body, "messages");
  if (turns == nullptr || !turns->is_array() || turns->get_array().empty()) return "messages must not be empty";
  const auto* tools = find_member(body, "toolConfig");
  if (tools != nullptr && tools->as_object().at("tools").as_array().empty()) return "toolConfig.tools must not be empty";
  if (auto fault = find_fault_in_inference(body); !fault.empty()) return fault;
  return find_fault_in_turns(turns->get_array(), tools != nullptr);
}

}  // namespace millwright::test
