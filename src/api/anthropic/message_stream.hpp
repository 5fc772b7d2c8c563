// Canonical chunks as the events of a Messages stream, however the text was cut. Pure: appends bytes, waits for
// nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "features/telemetry/trace.hpp"

namespace millwright::api::anthropic {

/// message_start, blocks one after the other (thinking, text, blocks of this dialect; calls of tools last, each whole),
/// message_delta with the usage of the whole answer, message_stop. After an error nothing more is fed and finish is not
/// called: a stream without message_stop is not a whole answer.
class MessageStream {
 public:
  explicit MessageStream(std::string_view trace) : trace_(trace) {}

  /// One chunk; `out` gets the events it gives, perhaps none.
  void feed(const json::object& chunk, std::string& out);
  /// The end of an answer that ended well. `booked` stands in for usage that no provider reported.
  void finish(const telemetry::TokenCounts& booked, std::string& out);

 private:
  enum class Open : std::uint8_t { Nothing, Thinking, Text };

  void start(const json::object& chunk, std::string& out);
  void feed_delta(const json::object& delta, std::string& out);
  void say_thinking(std::string_view text, std::string& out);
  void say_text(std::string_view text, std::string& out);
  void take_thinking_block(const json::value& block, std::string& out);
  void take_annotations(const json::array& annotations, std::string& out);
  void merge_call(const json::object& piece);
  void say_call(const json::object& call, std::string& out);
  void say_citations(std::string& out);

  void open(Open kind, json::object block, std::string& out);
  void close(std::string& out);
  void say_whole(json::value block, std::string& out);
  void say_delta(json::object delta, std::string& out);

  std::string trace_;
  bool has_started_ = false;
  Open open_ = Open::Nothing;
  std::int64_t index_ = -1;  // of the last block begun
  std::string thinking_;     // of the open thinking block
  std::string ahead_;         // of whole blocks, while the reasoning that comes in pieces has not caught up with it
  bool has_refusal_ = false;
  json::array calls_;      // merged by their index
  json::array citations_;  // for the text block that is open, or the next
  json::object ending_;    // of the choice: finish_reason and what belongs to it
  json::object usage_;     // canonical, the last one reported
  bool has_usage_ = false;
  json::object millwright_, container_;
};

}  // namespace millwright::api::anthropic
