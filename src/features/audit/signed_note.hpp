// Checkpoints as C2SP signed notes (https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint), so that anyone's
// tools can check them.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "features/audit/audit.hpp"

namespace millwright::audit {

/// The name of the log and of its key.
inline constexpr std::string_view log_name = "millwright-audit";

/// An Ed25519 key pair. Wiped when it goes.
class NoteSigner {
 public:
  /// Makes DIR/audit.key (sealed by the vault, mode 0600) and DIR/audit.pub on first use.
  [[nodiscard]] static Result<NoteSigner> open(const std::filesystem::path& directory, const store::Vault& vault);
  NoteSigner(NoteSigner&&) noexcept = default;
  NoteSigner& operator=(NoteSigner&&) noexcept = default;
  ~NoteSigner();

  [[nodiscard]] Checkpoint sign(std::int64_t size, const Digest& root) const;
  /// "name+hash+base64"
  [[nodiscard]] const std::string& public_key() const { return public_key_; }

 private:
  NoteSigner() = default;
  std::string secret_;       // 64 bytes of libsodium
  std::string public_key_;
};

/// Reads a note and checks its signature. Corrupt, with the reason.
[[nodiscard]] Result<Checkpoint> verify_note(std::string_view note, std::string_view public_key);
/// The size a note claims, unchecked; 0 when unreadable.
[[nodiscard]] std::int64_t claimed_size(std::string_view note);

}  // namespace millwright::audit
