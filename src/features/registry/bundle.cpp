#include "base/text.hpp"
#include "features/registry/ecdsa.hpp"
#include "features/registry/registry.hpp"
#include "features/registry/statement.hpp"

namespace millwright::registry {
namespace {

constexpr std::size_t bundle_bytes_max = 64u << 20;

std::unexpected<Error> malformed(std::string_view why) {
  return fail(ErrorCode::Corrupt, "the signature bundle is malformed: {}", why);
}

/// The member of that name when it is an object, else an empty one.
json::object object_member(const json::object& object, std::string_view name) {
  const json::value* member = find_member(object, name);
  return member != nullptr && member->is_object() ? member->get_object() : json::object();
}

struct Envelope {
  std::string payload, signature, hint;
};

Result<Envelope> parse_envelope(std::string_view text) {
  auto bundle = parse_json_object(text, {.bytes_max = bundle_bytes_max, .depth_max = 32});
  if (!bundle) return malformed(bundle.error().message);
  if (string_member(*bundle, "mediaType") != bundle_media_type) return malformed("its media type is unknown");
  const json::object material = object_member(*bundle, "verificationMaterial");
  const json::object envelope = object_member(*bundle, "dsseEnvelope");
  if (string_member(envelope, "payloadType") != payload_type) return malformed("its payload is of another type");
  auto payload = from_base64(string_member(envelope, "payload"));
  if (!payload || payload->empty()) return malformed("its payload is no base64");
  const json::value* signatures = find_member(envelope, "signatures");
  if (signatures == nullptr || !signatures->is_array() || signatures->get_array().size() != 1 ||
      !signatures->get_array().front().is_object()) {
    return malformed("it does not have exactly one signature");
  }
  auto signature = from_base64(string_member(signatures->get_array().front().get_object(), "sig"));
  if (!signature || signature->empty()) return malformed("its signature is no base64");
  return Envelope{.payload = std::move(*payload), .signature = std::move(*signature),
                  .hint = std::string(string_member(object_member(material, "publicKey"), "hint"))};
}

Result<void> compare(const std::vector<Resource>& given, const std::vector<Resource>& is_signed) {
  auto a = given.begin();
  auto b = is_signed.begin();
  while (a != given.end() || b != is_signed.end()) {
    if (b == is_signed.end() || (a != given.end() && a->name < b->name)) {
      return fail(ErrorCode::Corrupt, "\"{}\" is there, but the signature does not cover it", a->name);
    }
    if (a == given.end() || b->name < a->name) {
      return fail(ErrorCode::Corrupt, "\"{}\" was signed, but is missing", b->name);
    }
    if (a->digest != b->digest) {
      return fail(ErrorCode::Corrupt, "\"{}\" was changed after it was signed: signed {}, found {}", a->name,
                  b->digest.short_text(), a->digest.short_text());
    }
    ++a, ++b;
  }
  return {};
}

}  // namespace

Result<VerifiedBundle> read_bundle(std::string_view bundle, std::string_view public_key_pem) {
  auto key = parse_public_key(public_key_pem);
  if (!key) return pass(key);
  auto envelope = parse_envelope(bundle);
  if (!envelope) return pass(envelope);
  if (!is_signature_valid(key->get(), pre_authentication_encoding(payload_type, envelope->payload),
                          envelope->signature)) {
    if (envelope->hint != sha256(public_key_pem).text()) {
      return fail(ErrorCode::Forbidden, "the bundle was signed with another key ({:.12})", envelope->hint);
    }
    return fail(ErrorCode::Corrupt, "the signature does not fit: the signed statement was altered");
  }
  auto verified = parse_statement(envelope->payload);
  if (!verified) return verified;
  verified->key_hint = sha256(public_key_pem).text();
  return verified;
}

Result<VerifiedBundle> verify_bundle(std::string_view bundle, std::string_view public_key_pem,
                                     std::vector<Resource> expected) {
  auto verified = read_bundle(bundle, public_key_pem);
  if (!verified) return verified;
  auto given = ordered(std::move(expected));
  if (!given) return pass(given);
  auto same = compare(*given, verified->resources);
  if (!same) return pass(same);
  return verified;
}

}  // namespace millwright::registry
