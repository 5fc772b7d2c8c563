#include "features/audit/signed_note.hpp"

#include <sodium.h>

#include <charconv>

#include "base/text.hpp"
#include "store/private_file.hpp"

namespace millwright::audit {
namespace {

constexpr char ed25519 = 1;   // signature type of the signed note format
constexpr std::size_t hash_bytes = 4;
constexpr std::string_view key_context = "audit checkpoint key";
constexpr std::string_view signature_mark = "\n\xe2\x80\x94 ";   // a line that begins with an em dash

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
std::string text_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()};
}

/// The first four bytes of SHA-256(name, newline, type, key).
std::string key_hash(std::string_view name, std::string_view raw_key) {
  return text_of(sha256(fmt::format("{}\n{}{}", name, ed25519, raw_key))).substr(0, hash_bytes);
}

std::string render_public_key(std::string_view raw_key) {
  const std::string hash = key_hash(log_name, raw_key);
  const std::string hex = to_hex(std::span(reinterpret_cast<const std::uint8_t*>(hash.data()), hash.size()));
  return fmt::format("{}+{}+{}", log_name, hex, to_base64(std::string(1, ed25519) + std::string(raw_key)));
}

Result<std::string> raw_public_key(std::string_view public_key) {
  const auto first = public_key.find('+');
  const auto second = first == std::string_view::npos ? first : public_key.find('+', first + 1);
  if (second == std::string_view::npos)
    return fail(ErrorCode::Corrupt, "the public key of the audit log is unreadable");
  auto raw = from_base64(public_key.substr(second + 1));
  if (!raw || raw->size() != 1 + crypto_sign_PUBLICKEYBYTES || raw->front() != ed25519) {
    return fail(ErrorCode::Corrupt, "the public key of the audit log is no Ed25519 key");
  }
  return raw->substr(1);
}

}  // namespace

NoteSigner::~NoteSigner() {
  if (!secret_.empty()) ::sodium_memzero(secret_.data(), secret_.size());
}

Result<NoteSigner> NoteSigner::open(const std::filesystem::path& directory, const store::Vault& vault) {
  std::string fresh(crypto_sign_SECRETKEYBYTES, '\0'), raw_public(crypto_sign_PUBLICKEYBYTES, '\0');
  ::crypto_sign_keypair(bytes_of(raw_public), bytes_of(fresh));
  auto sealed = vault.seal(fresh, key_context);
  ::sodium_memzero(fresh.data(), fresh.size());
  if (!sealed) return pass(sealed);
  auto kept = store::create_or_read_file(directory / "audit.key", *sealed);
  if (!kept) return pass(kept);
  auto secret = vault.unseal(*kept, key_context);
  if (!secret) {
    return fail(ErrorCode::Corrupt, "{}: {}", (directory / "audit.key").string(), secret.error().message);
  }
  if (secret->size() != crypto_sign_SECRETKEYBYTES) return fail(ErrorCode::Corrupt, "audit.key has the wrong size");
  NoteSigner signer;
  signer.secret_ = std::move(*secret);
  ::crypto_sign_ed25519_sk_to_pk(bytes_of(raw_public), bytes_of(signer.secret_));
  signer.public_key_ = render_public_key(raw_public);
  auto written = store::create_or_read_file(directory / "audit.pub", signer.public_key_ + "\n");
  if (!written) return pass(written);
  return signer;
}

Checkpoint NoteSigner::sign(std::int64_t size, const Digest& root) const {
  const std::string body = fmt::format("{}\n{}\n{}\n", log_name, size, to_base64(text_of(root)));
  std::string signature(crypto_sign_BYTES, '\0');
  ::crypto_sign_detached(bytes_of(signature), nullptr, bytes_of(body), body.size(), bytes_of(secret_));
  const std::string raw_public = secret_.substr(crypto_sign_SECRETKEYBYTES - crypto_sign_PUBLICKEYBYTES);
  Checkpoint checkpoint{.size = size, .root = root, .note = body};
  checkpoint.note += signature_mark;
  checkpoint.note += fmt::format("{} {}\n", log_name, to_base64(key_hash(log_name, raw_public) + signature));
  return checkpoint;
}

std::int64_t claimed_size(std::string_view note) {
  const auto lines = split(note, '\n');
  std::int64_t size = 0;
  if (lines.size() > 1) std::from_chars(lines[1].data(), lines[1].data() + lines[1].size(), size);
  return size;
}

Result<Checkpoint> verify_note(std::string_view note, std::string_view public_key) {
  auto raw_key = raw_public_key(trimmed(public_key));
  if (!raw_key) return pass(raw_key);
  const auto mark = note.find(signature_mark);
  if (mark == std::string_view::npos) return fail(ErrorCode::Corrupt, "a checkpoint without signature");
  const std::string_view body = note.substr(0, mark);
  const auto words = split(trimmed(note.substr(mark + signature_mark.size())), ' ');
  if (words.size() != 2 || words[0] != log_name) return fail(ErrorCode::Corrupt, "a checkpoint signed by another name");
  auto signature = from_base64(words[1]);
  if (!signature || signature->size() != hash_bytes + crypto_sign_BYTES) {
    return fail(ErrorCode::Corrupt, "a checkpoint with an unreadable signature");
  }
  if (signature->substr(0, hash_bytes) != key_hash(log_name, *raw_key)) {
    return fail(ErrorCode::Corrupt, "a checkpoint signed by another key");
  }
  if (::crypto_sign_verify_detached(bytes_of(*signature) + hash_bytes, bytes_of(body), body.size(),
                                    bytes_of(*raw_key)) != 0) {
    return fail(ErrorCode::Corrupt, "a checkpoint whose signature does not fit");
  }
  const auto lines = split(body, '\n');
  if (lines.size() < 3 || lines[0] != log_name) return fail(ErrorCode::Corrupt, "a checkpoint of another log");
  auto root = from_base64(lines[2]);
  if (!root || root->size() != 32) return fail(ErrorCode::Corrupt, "a checkpoint with an unreadable root");
  Checkpoint checkpoint{.size = claimed_size(note), .root = {}, .note = std::string(note)};
  std::ranges::copy(*root, checkpoint.root.bytes.begin());
  return checkpoint;
}

}  // namespace millwright::audit
