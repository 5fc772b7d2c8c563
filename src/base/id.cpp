#include "base/id.hpp"

#include "base/random_pool.hpp"
#include "base/text.hpp"

namespace millwright {
namespace {

/// 48 bits of milliseconds and 12 bits of their fraction (RFC 9562 §6.2 method 3), so that ids of one thread sort
/// even within a millisecond.
std::uint64_t tick_of(Timestamp time) {
  const auto micros = static_cast<std::uint64_t>(std::max<std::int64_t>(to_micros(time), 0));
  return (micros / 1000) << 12 | (micros % 1000) * 4096 / 1000;
}

Id make_id(std::uint64_t tick) {
  std::array<std::uint8_t, 16> bytes{};
  this_thread_random().take(std::span(bytes).subspan(8));
  const std::uint64_t milliseconds = tick >> 12;
  for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(milliseconds >> (40 - 8 * i));
  bytes[6] = static_cast<std::uint8_t>(0x70 | (tick >> 8 & 0x0f));
  bytes[7] = static_cast<std::uint8_t>(tick);
  bytes[8] = static_cast<std::uint8_t>(0x80 | (bytes[8] & 0x3f));
  return Id(bytes);
}

}  // namespace

Id Id::generate() {
  // Ids of one thread only ever grow; after the clock was set back by more than a second they follow the clock.
  thread_local std::uint64_t last_tick = 0;
  constexpr std::uint64_t second_ticks = 1000ull << 12;
  std::uint64_t tick = tick_of(system_clock().now());
  if (tick <= last_tick && last_tick - tick < second_ticks) tick = last_tick + 1;
  last_tick = tick;
  return make_id(tick);
}

Id Id::generate_at(Timestamp time) { return make_id(tick_of(time)); }

Result<Id> Id::parse(std::string_view text) {
  std::string digits;
  if (text.size() == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-') {
    for (const std::size_t start : {0, 9, 14, 19, 24}) digits += text.substr(start, text.find('-', start) - start);
  } else {
    digits = text.substr(0, 33);
  }
  const auto bytes = from_hex(digits);
  if (!bytes || bytes->size() != 16) return fail(ErrorCode::InvalidInput, "\"{}\" is not an id", text.substr(0, 64));
  std::array<std::uint8_t, 16> value{};
  std::copy(bytes->begin(), bytes->end(), value.begin());
  return Id(value);
}

std::string Id::text() const { return to_hex(bytes_); }

void Id::append_to(std::string& out) const { append_hex(out, bytes_); }

Timestamp Id::time() const {
  std::int64_t milliseconds = 0;
  for (std::size_t i = 0; i < 6; ++i) milliseconds = milliseconds << 8 | bytes_[i];
  return Timestamp(std::chrono::milliseconds(milliseconds));
}

}  // namespace millwright
