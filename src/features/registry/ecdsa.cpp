#include "features/registry/ecdsa.hpp"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

namespace millwright::registry {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { ::BIO_free_all(bio); }
};
using BioHandle = std::unique_ptr<BIO, FreeBio>;
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { ::EVP_MD_CTX_free(context); }
};
using ContextHandle = std::unique_ptr<EVP_MD_CTX, FreeContext>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string bytes_in(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

bool is_p256(EVP_PKEY* key) {
  char group[64]{};
  return ::EVP_PKEY_is_a(key, "EC") == 1 &&
         ::EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, nullptr) == 1 &&
         std::string_view(group) == "prime256v1";
}

/// A private key on disk is never protected by a password of its own.
int no_password(char*, int, int, void*) { return 0; }

}  // namespace

void FreeKey::operator()(evp_pkey_st* key) const { ::EVP_PKEY_free(key); }

Result<KeyHandle> generate_key() {
  KeyHandle key(::EVP_EC_gen("P-256"));
  if (!key) return fail(ErrorCode::Unavailable, "a signing key could not be made");
  return key;
}

Result<std::string> render_private_key(evp_pkey_st* key) {
  const BioHandle bio(::BIO_new(::BIO_s_secmem()));
  if (!bio || ::PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return fail(ErrorCode::Internal, "the signing key could not be written");
  }
  return bytes_in(bio.get());
}

Result<KeyHandle> parse_private_key(std::string_view pem) {
  const BioHandle bio(::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  KeyHandle key(::PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  if (!key || !is_p256(key.get())) return fail(ErrorCode::Corrupt, "the signing key is no ECDSA P-256 key");
  return key;
}

Result<std::string> render_public_key(evp_pkey_st* key) {
  const BioHandle bio(::BIO_new(::BIO_s_mem()));
  if (!bio || ::PEM_write_bio_PUBKEY(bio.get(), key) != 1) {
    return fail(ErrorCode::Internal, "the public key could not be written");
  }
  return bytes_in(bio.get());
}

Result<KeyHandle> parse_public_key(std::string_view pem) {
  const BioHandle bio(::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  KeyHandle key(::PEM_read_bio_PUBKEY(bio.get(), nullptr, no_password, nullptr));
  if (!key || !is_p256(key.get())) return fail(ErrorCode::InvalidInput, "the public key is no ECDSA P-256 key in PEM");
  return key;
}

Result<std::string> sign_bytes(evp_pkey_st* key, std::string_view bytes) {
  const ContextHandle context(::EVP_MD_CTX_new());
  std::size_t size = 0;
  std::string signature;
  bool is_done = context && ::EVP_DigestSignInit(context.get(), nullptr, ::EVP_sha256(), nullptr, key) == 1 &&
                 ::EVP_DigestSign(context.get(), nullptr, &size, bytes_of(bytes), bytes.size()) == 1;
  if (is_done) {
    signature.resize(size);
    is_done = ::EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                               bytes_of(bytes), bytes.size()) == 1;
  }
  if (!is_done) return fail(ErrorCode::Internal, "signing failed");
  signature.resize(size);
  return signature;
}

bool is_signature_valid(evp_pkey_st* key, std::string_view bytes, std::string_view signature) {
  const ContextHandle context(::EVP_MD_CTX_new());
  return context && ::EVP_DigestVerifyInit(context.get(), nullptr, ::EVP_sha256(), nullptr, key) == 1 &&
         ::EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(bytes), bytes.size()) == 1;
}

}  // namespace millwright::registry
