// The kinds of credentials that are recognised by how they begin: one line each.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace millwright::extensions {

/// What a credential's body is made of.
enum class Charset : std::uint8_t { Alnum, Word, Base64Url, Base64, Hex, UpperBase32, Dotted };

struct SecretRule {
  std::string_view type;             // "secret.github"
  std::string_view prefix;           // exact, upper and lower case as written
  Charset charset = Charset::Alnum;  // of what follows
  std::uint16_t length_min = 0, length_max = 0;
  double entropy_min = 3.0;  // bits a character of the body: keeps placeholders such as "xxxx…" out
};
[[nodiscard]] std::span<const SecretRule> secret_rules();
[[nodiscard]] bool is_in(Charset charset, char c);

/// Credentials without a form of their own, recognised by the name before them: `NAME = "VALUE"`.
struct NamedSecret {
  std::string_view type;
  std::string_view keyword;  // lower case, found whatever the case
  Charset charset = Charset::Base64;
  std::uint16_t length_min = 0, length_max = 0;
};
[[nodiscard]] std::span<const NamedSecret> named_secrets();

}  // namespace millwright::extensions
