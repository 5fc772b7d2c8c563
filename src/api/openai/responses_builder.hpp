// Puts a response together from the chunks of a canonical answer, and says each step as an event: a stream and a whole
// answer are made by the same steps, so that they cannot differ. Pure.
//
// Order of events: created, perhaps queued, in_progress; for each item output_item.added, content_part.added, deltas, …done,
// content_part.done, output_item.done; last completed, incomplete or failed. Numbers begin at 0 and have no gaps.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace millwright::api::openai {

/// What is known of a response before its answer.
struct ResponseFrame {
  std::string id;               // "resp_…"
  std::int64_t created_at = 0;  // seconds since 1970
  std::string model;            // as asked for; the provider's own name of it follows with the answer
  json::object shown;           // what it repeats of the request
  bool shows_encrypted_reasoning = false;
};

/// The response before anything was said.
[[nodiscard]] json::object empty_response(const ResponseFrame& frame, std::string_view status);
/// Takes `encrypted_content` out of reasoning items.
void hide_encrypted_reasoning(json::object& response);
/// Usage of the canonical chat in the words of a response.
[[nodiscard]] json::object response_usage(const json::object& usage);

class ResponseBuilder {
 public:
  using OnEvent = std::function<void(std::string_view type, const json::object& event)>;
  /// Without `on_event` nothing is said, only put together.
  explicit ResponseBuilder(ResponseFrame frame, OnEvent on_event = {});

  /// Before the call runs: created and queued. `begin` then says only that it is in progress.
  void begin_queued();
  void begin();
  /// One chat.completion.chunk. Choices after the first are none of a response.
  void feed(const json::object& chunk);
  /// A whole chat.completion: the same as its one chunk.
  void feed_whole(json::object completion);

  /// Closes what is open. The response is then complete, though its last event is not said yet. `now` in seconds since
  /// 1970.
  void end(std::int64_t now);
  /// `error` is {code, message}; what was said so far stays in the response.
  void end_failed(json::object error);
  /// Nobody waits for it any more.
  void end_cancelled();
  /// It was cancelled before its end could be kept.
  void mark_cancelled();
  /// completed, incomplete or failed, with the whole response. One that was cancelled ends as incomplete: clients know no
  /// event of that name.
  void say_end();

  /// With encrypted reasoning, whatever the frame says: for keeping.
  [[nodiscard]] const json::object& response() const { return response_; }
  [[nodiscard]] json::object shown_response() const;
  /// What could not be kept is not stored, and says so.
  void mark_not_stored() { response_["store"] = false; }

 private:
  enum class Part : std::uint8_t { None, Text, Refusal, Reasoning };
  struct Call {
    std::size_t output_index = 0;
  };

  void say(std::string_view type, json::object event);
  void say_item(std::string_view type, std::size_t output_index);
  [[nodiscard]] json::object& item(std::size_t output_index);
  [[nodiscard]] json::object& part();
  [[nodiscard]] json::object place(std::string_view value_name, json::value value);
  std::size_t open_item(std::string_view prefix, json::object item);
  void feed_choice(const json::object& choice);
  void feed_text(Part kind, std::string_view text, const json::value* logprobs);
  void feed_thinking_blocks(const json::array& blocks);
  void feed_annotations(const json::array& annotations);
  void feed_call(const json::object& call, std::size_t ordinal);
  void open_part(Part kind);
  void open_message();
  void open_reasoning();
  void close_part();
  void close_text_item(std::string_view status);
  void close_calls(std::string_view status);
  void close_all(std::string_view status);

  ResponseFrame frame_;
  OnEvent on_event_;
  json::object response_;
  std::int64_t sequence_ = 0;
  bool is_created_ = false;               // and has been said to be
  std::optional<std::size_t> text_item_;  // the message or reasoning being written
  bool is_reasoning_ = false;             // which of the two
  Part part_ = Part::None;                // its part being written
  json::array thinking_blocks_;           // of the reasoning being written
  std::map<std::int64_t, Call> calls_;    // open, by the call's ordinal
  std::string finish_reason_;
};

}  // namespace millwright::api::openai
