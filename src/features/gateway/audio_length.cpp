#include "features/gateway/audio_length.hpp"

#include <algorithm>

namespace millwright::gateway {
namespace {

constexpr std::int64_t bytes_per_second_min = 500;  // Opus goes down to 6 kbit/s, some speech codecs to 4
constexpr std::uint32_t pcm = 1, floats = 3, extensible = 0xfffe;

std::uint32_t little(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i)
    value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  return value;
}

/// Bytes of one second, or 0 when the format is not one of plain samples.
std::int64_t rate_of(std::string_view format) {
  if (format.size() < 16) return 0;
  auto kind = little(format, 0, 2);
  if (kind == extensible && format.size() >= 26) kind = little(format, 24, 2);
  const std::int64_t channels = little(format, 2, 2), samples = little(format, 4, 4), bits = little(format, 14, 2);
  const bool is_plain = (kind == pcm || kind == floats) && channels >= 1 && channels <= 64 && samples >= 100 &&
                        samples <= 768'000 && (bits == 8 || bits == 16 || bits == 24 || bits == 32 || bits == 64);
  return is_plain ? channels * samples * bits / 8 : 0;
}

}  // namespace

std::optional<std::int64_t> wav_length_ms(std::string_view bytes) {
  if (bytes.size() < 12 || !bytes.starts_with("RIFF") || bytes.substr(8, 4) != "WAVE") return std::nullopt;
  std::int64_t rate = 0;
  auto rest = bytes.substr(12);
  while (rest.size() >= 8) {
    const auto name = rest.substr(0, 4);
    const std::size_t size = little(rest, 4, 4);
    rest.remove_prefix(8);
    if (name == "fmt ") rate = rate_of(rest.substr(0, size));
    if (name == "data") {
      // A writer that did not know the length leaves 0 or all ones there: everything that follows may be sound.
      if (rate == 0) return std::nullopt;
      return static_cast<std::int64_t>(rest.size()) * 1000 / rate;
    }
    rest.remove_prefix(std::min(rest.size(), size + size % 2));
  }
  return std::nullopt;
}

std::int64_t audio_length_ms_max(std::string_view bytes) {
  return static_cast<std::int64_t>(bytes.size()) * 1000 / bytes_per_second_min + 1000;
}

}  // namespace millwright::gateway
