// What a request for images, speech or transcripts asks for, as far as its cost depends on it. Part of chat.hpp.
#pragma once

#include <cstdint>
#include <string>

namespace millwright::gateway {

struct MediaRequest {
  std::int64_t images = 1;          // asked for
  std::string quality, size;        // empty or "auto": the model chooses
  std::int64_t partial_images = 0;  // previews of a stream
  std::int64_t frames = 1;          // of each image
  bool is_drawn = false;            // SVG: another model writes it, and bills tokens of its own
  std::int64_t input_images = 0;    // masks too
  std::int64_t characters = 0;      // of the text to be spoken
  double speed = 1;
  std::string format;                  // of the answer, as asked; empty: the API's default
  std::int64_t audio_ms_max = 0;       // the longest that the audio going in can be
  bool is_audio_length_known = false;  // audio_ms_max is its length, read from the file
};

}  // namespace millwright::gateway
