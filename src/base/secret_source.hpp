// Where a secret comes from. Configuration holds only such references, never a secret itself.
#pragma once

#include <string>

namespace millwright {

/// Exactly one is set: `{env: NAME}`, `{file: PATH}` or `{cred: NAME}` (below $CREDENTIALS_DIRECTORY).
struct SecretSource {
  std::string environment;
  std::string file;
  std::string credential;
  [[nodiscard]] bool empty() const { return environment.empty() && file.empty() && credential.empty(); }
};

}  // namespace millwright
