#include "features/identity/password.hpp"

#include <array>
#include <set>

#include <sodium.h>

#include "base/text.hpp"

namespace millwright::identity {
namespace {

constexpr unsigned long long passes = 2;
constexpr std::size_t memory_bytes = 19u << 20;
/// Of a random password that nobody kept, with the cost of every other.
constexpr const char* nobody =
    "$argon2id$v=19$m=19456,t=2,p=1$lgOG6tU3+j2IIjo1O6O1jQ$R2HqST89pZC144UR3wrn82Kcyh4O63DQXIH32kNhKtU";

std::unexpected<Error> refuse(std::string message, std::string fix) {
  Error error;
  error.code = ErrorCode::InvalidInput;
  error.where.field = "password";
  error.message = std::move(message);
  error.fix = std::move(fix);
  return std::unexpected(std::move(error));
}

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  return count;
}

}  // namespace

Result<void> check_password(std::string_view password, std::string_view user_name) {
  constexpr auto advice = "Use a sentence, or let a password store make one.";
  if (first_invalid_utf8(password)) return refuse("the password is not valid UTF-8", advice);
  if (count_characters(password) < 12) return refuse("the password has fewer than 12 characters", advice);
  if (password.size() > 1'024) return refuse("the password has more than 1,024 bytes", advice);
  if (std::set<char>(password.begin(), password.end()).size() < 5) {
    return refuse("the password repeats too few characters", advice);
  }
  if (equal_ignoring_case(password, user_name)) return refuse("the password is the user's name", advice);
  return {};
}

PasswordHasher::PasswordHasher() { ensure(::sodium_init() >= 0, "libsodium can start"); }

std::string PasswordHasher::hash(std::string_view password) {
  const std::scoped_lock lock(mutex_);
  std::array<char, crypto_pwhash_STRBYTES> text{};
  const int failed = ::crypto_pwhash_str_alg(text.data(), password.data(), password.size(), passes, memory_bytes,
                                             crypto_pwhash_ALG_ARGON2ID13);
  ensure(failed == 0, "memory for hashing a password");
  return text.data();
}

bool PasswordHasher::matches(std::string_view password, const std::string& hash) {
  const std::scoped_lock lock(mutex_);
  return ::crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

void PasswordHasher::pretend(std::string_view password) { static_cast<void>(matches(password, nobody)); }

}  // namespace millwright::identity
