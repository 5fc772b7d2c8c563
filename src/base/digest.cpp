#include "base/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/text.hpp"

namespace millwright {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

/// Fetched once: OpenSSL 3 looks algorithms up by name each time otherwise, which costs more than a short digest.
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  ensure(algorithm != nullptr, "OpenSSL offers SHA-256");
  return algorithm;
}

Context make_context() {
  Context context(EVP_MD_CTX_new());
  ensure(context != nullptr, "memory for a digest");
  return context;
}

void restart(EVP_MD_CTX* context) {
  ensure(EVP_DigestInit_ex2(context, sha256_algorithm(), nullptr) == 1, "SHA-256 starts");
}

/// Scratch space of the calling thread, restarted for every digest, so that a digest allocates nothing.
EVP_MD_CTX* scratch() {
  thread_local const Context context = make_context();
  restart(context.get());
  return context.get();
}

void add(EVP_MD_CTX* context, const void* bytes, std::size_t count) {
  ensure(EVP_DigestUpdate(context, bytes, count) == 1, "SHA-256 goes on");
}

Digest end(EVP_MD_CTX* context) {
  Digest digest;
  ensure(EVP_DigestFinal_ex(context, digest.bytes.data(), nullptr) == 1, "SHA-256 ends");
  return digest;
}

}  // namespace

std::string Digest::text() const { return to_hex(bytes); }

Result<Digest> Digest::parse(std::string_view text) {
  const auto bytes = from_hex(text.substr(0, 65));
  if (!bytes || bytes->size() != 32) {
    return fail(ErrorCode::InvalidInput, "\"{}\" is not a SHA-256 digest", text.substr(0, 80));
  }
  Digest digest;
  std::copy(bytes->begin(), bytes->end(), digest.bytes.begin());
  return digest;
}

Digest sha256(std::string_view bytes) {
  auto* context = scratch();
  add(context, bytes.data(), bytes.size());
  return end(context);
}

Digest sha256(std::span<const std::uint8_t> bytes) {
  auto* context = scratch();
  add(context, bytes.data(), bytes.size());
  return end(context);
}

// RFC 2104.
Digest hmac_sha256(std::string_view key, std::string_view message) {
  std::array<std::uint8_t, 64> block{};
  if (key.size() > block.size()) {
    const auto short_key = sha256(key);
    std::copy(short_key.bytes.begin(), short_key.bytes.end(), block.begin());
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  for (auto& byte : block) byte ^= 0x36;
  auto* context = scratch();
  add(context, block.data(), block.size());
  add(context, message.data(), message.size());
  const auto inner = end(context);
  for (auto& byte : block) byte ^= 0x36 ^ 0x5c;
  restart(context);
  add(context, block.data(), block.size());
  add(context, inner.bytes.data(), inner.bytes.size());
  OPENSSL_cleanse(block.data(), block.size());
  return end(context);
}

struct Sha256::State {
  Context context = make_context();
};

Sha256::Sha256() : state_(std::make_unique<State>()) { restart(state_->context.get()); }
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) { add(state_->context.get(), bytes.data(), bytes.size()); }

Digest Sha256::finish() {
  const auto digest = end(state_->context.get());
  restart(state_->context.get());
  return digest;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  ensure(count <= INT32_MAX, "a sane count of random bytes");
  ensure(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) == 1,
         "the system gives random bytes");
  return bytes;
}

}  // namespace millwright
