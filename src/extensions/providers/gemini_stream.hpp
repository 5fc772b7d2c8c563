// The bytes of streamGenerateContent as chunks of the canonical chat, the same however they are cut.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "extensions/providers/gemini_answer.hpp"
#include "io/sse/sse.hpp"

namespace millwright::extensions {

/// What some bytes gave: chunks in order, and after them the failure that ends the stream, if there is one.
struct GeminiStep {
  std::vector<json::object> chunks;
  std::optional<gateway::ProviderFailure> failure;
};

class GeminiStream {
 public:
  explicit GeminiStream(GeminiFrame frame) : provider_(frame.provider), answer_(std::move(frame)) {}
  [[nodiscard]] GeminiStep feed(std::string_view bytes);
  /// One response that did not come as an event. An `error` in it is a failure.
  [[nodiscard]] GeminiStep read(const json::value& response);
  /// The end of the bytes. A stream whose choices have not all ended is a failure, named by the error that some servers
  /// write into the stream as bare JSON, if there is one.
  [[nodiscard]] GeminiStep end();
  [[nodiscard]] const GeminiAnswer& answer() const { return answer_; }

  /// A failure in the middle of the answer, with what is known of its usage by then.
  [[nodiscard]] gateway::ProviderFailure with_usage(gateway::ProviderFailure failure) const;

 private:
  [[nodiscard]] gateway::ProviderFailure said_by_provider(std::string_view error) const;
  void keep_stray_lines(std::string_view bytes);
  void keep_stray_line();

  std::string provider_;
  GeminiAnswer answer_;
  bool has_begun_ = false;  // the answer, with whatever
  io::sse::Parser parser_{32u << 20};   // one event may hold an image
  std::string line_, stray_;  // of lines that belong to no event; bounded
};

}  // namespace millwright::extensions
