#include "extensions/providers/google_key.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/json.hpp"
#include "base/text.hpp"
#include "extensions/providers/access_token.hpp"

namespace millwright::extensions {
namespace {

constexpr int key_bits_min = 2048;

struct FreeBio {
  void operator()(BIO* bio) const { ::BIO_free_all(bio); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { ::EVP_MD_CTX_free(context); }
};

/// A key file is never protected by a password of its own.
int no_password(char*, int, int, void*) { return 0; }

/// "" where nothing could be signed.
std::string sign_rs256(evp_pkey_st* key, std::string_view text) {
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(::EVP_MD_CTX_new());
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  if (!context || ::EVP_DigestSignInit(context.get(), nullptr, ::EVP_sha256(), nullptr, key) != 1 ||
      ::EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1) {
    return {};
  }
  std::string signature(size, '\0');
  auto* out = reinterpret_cast<unsigned char*>(signature.data());
  if (::EVP_DigestSign(context.get(), out, &size, bytes, text.size()) != 1) return {};
  signature.resize(size);
  return signature;
}

}  // namespace

void GoogleKey::FreeKey::operator()(evp_pkey_st* key) const { ::EVP_PKEY_free(key); }

Result<GoogleKey> GoogleKey::parse(std::string_view json_text) {
  const auto wrong = [](std::string_view why) {
    auto error = fail(ErrorCode::InvalidConfig, "the key of the service account {}", why);
    error.error().fix = "Use the JSON key file that Google Cloud made for the service account.";
    return error;
  };
  auto parsed = parse_json_object(json_text, {64u << 10, 8});
  if (!parsed) return wrong("is not a JSON object");
  if (string_member(*parsed, "type") != "service_account") return wrong("must have type \"service_account\"");
  GoogleKey key;
  key.email_ = string_member(*parsed, "client_email");
  key.key_id_ = string_member(*parsed, "private_key_id");
  key.project_ = string_member(*parsed, "project_id");
  key.token_uri_ = string_member(*parsed, "token_uri");
  if (key.email_.empty()) return wrong("has no client_email");
  if (key.token_uri_.empty()) key.token_uri_ = "https://oauth2.googleapis.com/token";
  auto origin = io::http::Origin::parse(key.token_uri_);
  if (!origin) return wrong("has a token_uri that is no URL");
  if (!origin->is_tls && !is_this_machine(origin->host)) return wrong("has a token_uri without TLS");
  key.token_path_ = std::exchange(origin->base_path, {});
  key.token_origin_ = std::move(*origin);
  const auto pem = string_member(*parsed, "private_key");
  const std::unique_ptr<BIO, FreeBio> bio(::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  key.key_.reset(::PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  if (!key.key_) {
    ::ERR_clear_error();   // the queue is the thread's: TLS on it must not find this one
    return wrong("has a private_key that is no key in PEM");
  }
  if (::EVP_PKEY_is_a(key.key_.get(), "RSA") != 1 || ::EVP_PKEY_get_bits(key.key_.get()) < key_bits_min) {
    return wrong("has a private_key that is no RSA key of 2048 bits or more");
  }
  return key;
}

Result<std::string> GoogleKey::sign_assertion(Timestamp now) const {
  const auto issued = to_micros(now) / 1'000'000;
  json::object header{{"alg", "RS256"}, {"typ", "JWT"}};
  if (!key_id_.empty()) header["kid"] = key_id_;
  const json::object claims{{"iss", email_},
                            {"scope", "https://www.googleapis.com/auth/cloud-platform"},
                            {"aud", token_uri_},
                            {"iat", issued},
                            {"exp", issued + 3'600}};
  auto text = to_base64url(json::serialize(header)) + "." + to_base64url(json::serialize(claims));
  const auto signature = sign_rs256(key_.get(), text);
  if (signature.empty()) return fail(ErrorCode::Internal, "the assertion of the service account could not be signed");
  return text + "." + to_base64url(signature);
}

}  // namespace millwright::extensions
