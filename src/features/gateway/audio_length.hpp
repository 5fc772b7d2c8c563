// How long a piece of audio is, by its own header, or at most by its size.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace millwright::gateway {

/// Of a WAV file with PCM or float samples, from its format and the bytes that are really there; a header that promises
/// more is not believed. Nothing for what is no such file.
[[nodiscard]] std::optional<std::int64_t> wav_length_ms(std::string_view bytes);
/// No speech codec in use keeps a second in fewer bytes than this takes for one.
[[nodiscard]] std::int64_t audio_length_ms_max(std::string_view bytes);

}  // namespace millwright::gateway
