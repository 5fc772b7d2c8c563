// Identifiers: UUID version 7 (RFC 9562), so that ids sort by time of creation.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/time.hpp"

namespace millwright {

/// 128 bits; all zero means "none". Text form: 32 lower-case hex digits, without hyphens.
class Id {
 public:
  constexpr Id() = default;
  explicit constexpr Id(std::array<std::uint8_t, 16> bytes) : bytes_(bytes) {}
  /// A new version 7 id of this moment; unique across threads and processes.
  [[nodiscard]] static Id generate();
  [[nodiscard]] static Id generate_at(Timestamp time);
  /// Accepts the text form with or without hyphens.
  [[nodiscard]] static Result<Id> parse(std::string_view text);

  [[nodiscard]] std::string text() const;
  void append_to(std::string& out) const;   // the same
  [[nodiscard]] constexpr bool is_none() const { return bytes_ == std::array<std::uint8_t, 16>{}; }
  [[nodiscard]] constexpr const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  [[nodiscard]] Timestamp time() const;   // milliseconds, as encoded
  constexpr auto operator<=>(const Id&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

}  // namespace millwright

template <>
struct std::hash<millwright::Id> {
  std::size_t operator()(const millwright::Id& id) const noexcept {
    std::uint64_t low = 0;
    for (std::size_t i = 8; i < 16; ++i) low = low << 8 | id.bytes()[i];
    return low;
  }
};
