// Transcripts and other words in the answers of media operations, under the guard.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "features/gateway/output_guard.hpp"
#include "features/policy/policy.hpp"

namespace millwright::gateway {

/// Redacts in place what is found in the texts read one after the other, wherever the cuts between them are.
void guard_pieces(const std::vector<json::string*>& pieces, const policy::Guard& guard, OutputVerdict& verdict);

/// A whole answer, or one event of a stream that says something complete. A transcript comes as a text, and again in
/// segments and words: each way is read as a whole. Where something was found, log probabilities and token numbers,
/// which spell the text once more, are taken out. URLs and pictures are no text.
[[nodiscard]] OutputVerdict guard_media(json::object& answer, const policy::Guard& guard);

/// Plain text, SubRip or WebVTT: numbers and times between the words do not hide what goes on from cue to cue.
[[nodiscard]] OutputVerdict guard_subtitles(std::string& text, const policy::Guard& guard);

/// The pieces of a streamed transcript: text is held back only as long as it may become part of a finding.
class TranscriptGuard {
 public:
  explicit TranscriptGuard(const policy::Guard& guard) : guard_(guard) {}
  /// Changes the event to what may be said of it. False: it has nothing to say yet.
  [[nodiscard]] bool feed(json::object& event);
  /// What was held back, before an event that ends the text; empty for nothing.
  [[nodiscard]] std::string rest();
  [[nodiscard]] OutputVerdict verdict() const;

 private:
  const policy::Guard& guard_;
  std::unique_ptr<policy::StreamGuard> stream_;
  OutputVerdict whole_;
};

}  // namespace millwright::gateway
