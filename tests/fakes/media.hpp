// The images, speech and transcripts of a scripted provider, as OpenAI has them, with a bill in nano-USD of its own: a
// second reckoning to hold a ledger against.
//
// The script stands in the prompt, or in the text to be spoken: [[status=500]] [[delay=200]] (ms) [[interval=5]] (ms
// between pieces) [[cut=1]] (drop the connection after so many pieces) [[cut-head]] [[error-in-200]] [[error-after=1]]
// [[garbage]]
// [[no-usage]] [[say=TEXT]] (the transcript) [[echo]] (the transcript says what arrived).
//
// Prices: gpt-image-1 by tokens, every other image model by quality and size as dall-e-3; tts-1 by the character, every
// other voice by tokens; whisper-1 by the second that has begun, every other ear by tokens. WAV is read as 16 kHz, 16
// bit, one channel.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "io/http/form.hpp"
#include "io/http/server.hpp"

namespace millwright::test {

class ScriptedMedia {
 public:
  /// `charge` is called once for each billed call, before the end of its answer, from any loop.
  explicit ScriptedMedia(std::function<void(std::int64_t nano)> charge) : charge_(std::move(charge)) {}
  [[nodiscard]] static bool is_one(std::string_view path);
  [[nodiscard]] io::Task<void> handle(io::http::Exchange& exchange);

 private:
  struct Asked;
  [[nodiscard]] static Asked read(io::http::Request& request);
  [[nodiscard]] static std::string find_fault(const Asked& asked);
  io::Task<void> images(io::http::Exchange& exchange, const Asked& asked);
  io::Task<void> speech(io::http::Exchange& exchange, const Asked& asked);
  io::Task<void> transcript(io::http::Exchange& exchange, const Asked& asked);

  std::function<void(std::int64_t)> charge_;
};

}  // namespace millwright::test
