// Reads the usage off an answer while its bytes go by unchanged: its head, JSON, lines, or events, text or binary, of
// which only those that speak of usage are looked into.
#pragma once

#include <string>
#include <string_view>

#include "features/gateway/provider.hpp"
#include "io/sse/sse.hpp"

namespace millwright::gateway {

class UsageTap {
 public:
  /// `provider` outlives the tap. An answer in a content encoding, too long to be kept or garbled on its way tells
  /// nothing.
  UsageTap(const Provider& provider, std::string path, const io::http::Headers& headers);
  void feed(std::string_view bytes);
  /// At the end of the answer, clean or not.
  [[nodiscard]] const RawUsage& finish();
  [[nodiscard]] std::int64_t bytes() const { return bytes_; }

 private:
  enum class Kind : std::uint8_t { Json, Events, Lines, Frames, Opaque };
  void read(std::string_view text);
  void give_up();

  const Provider& provider_;
  std::string path_;
  Kind kind_ = Kind::Opaque;
  std::string kept_;
  io::sse::Parser parser_;
  std::unique_ptr<RawFrames> frames_;
  RawUsage usage_;
  std::int64_t bytes_ = 0;
};

}  // namespace millwright::gateway
