// SHA-256 digests: names of content.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace millwright {

/// A SHA-256 digest. Text form: 64 lower-case hex digits.
struct Digest {
  std::array<std::uint8_t, 32> bytes{};

  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::string short_text() const { return text().substr(0, 12); }
  [[nodiscard]] bool is_none() const { return bytes == std::array<std::uint8_t, 32>{}; }
  [[nodiscard]] static Result<Digest> parse(std::string_view text);
  auto operator<=>(const Digest&) const = default;
};

[[nodiscard]] Digest sha256(std::string_view bytes);
[[nodiscard]] Digest sha256(std::span<const std::uint8_t> bytes);
/// HMAC-SHA-256: keyed digests for API keys and prompt hashes.
[[nodiscard]] Digest hmac_sha256(std::string_view key, std::string_view message);

/// Digest of a stream, piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(std::string_view bytes);
  [[nodiscard]] Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);
/// Bytes from the system's cryptographic generator.
[[nodiscard]] std::string random_bytes(std::size_t count);

}  // namespace millwright

template <>
struct std::hash<millwright::Digest> {
  std::size_t operator()(const millwright::Digest& digest) const noexcept {
    std::size_t value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i) value = value << 8 | digest.bytes[i];
    return value;
  }
};
