// Passwords: what is accepted, and how they are kept (Argon2id, 19 MiB, two passes).
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace millwright::identity {

/// At least 12 characters, at most 1,024 bytes, not one character over and over, not the user's name.
[[nodiscard]] Result<void> check_password(std::string_view password, std::string_view user_name);

/// Hashes one password at a time, so that a flood of sign-ins costs time but not memory. Thread-safe, blocking.
class PasswordHasher {
 public:
  PasswordHasher();
  [[nodiscard]] std::string hash(std::string_view password);
  [[nodiscard]] bool matches(std::string_view password, const std::string& hash);
  /// Takes as long as matches(): for users who do not exist.
  void pretend(std::string_view password);

 private:
  std::mutex mutex_;
};

}  // namespace millwright::identity
