#include "features/identity/key_format.hpp"

#include <array>

#include <boost/crc.hpp>

#include "features/identity/identity.hpp"

namespace millwright::identity {
namespace {

constexpr std::string_view prefix = "mw_";
constexpr std::string_view digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t random_length = 30;
constexpr std::size_t check_length = 6;
constexpr std::size_t key_length = 3 + random_length + check_length;

std::array<char, check_length> check_digits(std::string_view text) {
  boost::crc_32_type sum;
  sum.process_bytes(text.data(), text.size());
  std::uint32_t rest = sum.checksum();
  std::array<char, check_length> check{};
  for (std::size_t i = check_length; i-- > 0; rest /= 62) check[i] = digits[rest % 62];
  return check;
}

bool is_base62(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

}  // namespace

std::string make_key_secret() {
  std::string secret(prefix);
  while (secret.size() < prefix.size() + random_length) {
    for (const char byte : random_bytes(random_length)) {
      // 248 is the largest multiple of 62 in a byte: above it, digits would not be equally likely.
      const auto value = static_cast<unsigned char>(byte);
      if (value < 248 && secret.size() < prefix.size() + random_length) secret += digits[value % 62];
    }
  }
  const auto check = check_digits(secret);
  return secret.append(check.data(), check.size());
}

bool is_well_formed_key(std::string_view secret) {
  if (secret.size() != key_length || !secret.starts_with(prefix)) return false;
  for (const char c : secret.substr(prefix.size())) {
    if (!is_base62(c)) return false;
  }
  const auto check = check_digits(secret.substr(0, key_length - check_length));
  return secret.substr(key_length - check_length) == std::string_view(check.data(), check.size());
}

std::string key_hint(std::string_view secret) { return "mw_…" + std::string(secret.substr(secret.size() - 4)); }

}  // namespace millwright::identity
