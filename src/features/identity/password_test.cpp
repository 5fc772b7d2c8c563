#include "features/identity/password.hpp"

#include <gtest/gtest.h>

namespace millwright::identity {
namespace {

TEST(Password, MatchesItselfOnly) {
  PasswordHasher hasher;
  const auto hash = hasher.hash("correct horse battery");
  EXPECT_TRUE(hasher.matches("correct horse battery", hash));
  EXPECT_FALSE(hasher.matches("correct horse batterz", hash));
  EXPECT_FALSE(hasher.matches("", hash));
  EXPECT_FALSE(hasher.matches("correct horse battery", "not a hash"));
  EXPECT_NE(hasher.hash("correct horse battery"), hash) << "salted";
  // The cost that pretend() has to match.
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << hash;
}

TEST(Password, CountsCharactersNotBytes) {
  EXPECT_TRUE(check_password("zwölf Zeichen", "ada"));
  EXPECT_FALSE(check_password("äöüßäöüß", "ada")) << "eight characters in sixteen bytes";
  EXPECT_FALSE(check_password(std::string(1'025, 'x') + "abcdefghijkl", "ada"));
}

}  // namespace
}  // namespace millwright::identity
