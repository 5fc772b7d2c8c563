// Answers of Gemini's generateContent, whole or event by event, as the canonical chat's answers and chunks.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "features/gateway/provider.hpp"

namespace millwright::extensions {

/// Disjoint meters from `usageMetadata`, whose promptTokenCount includes cached tokens and excludes what tools read,
/// and whose thoughts are counted beside the answer (or, by older models, within it: the total tells). Nothing when the
/// object is missing or says nothing.
[[nodiscard]] std::optional<finops::TokenCounts> read_gemini_usage(const json::object& response);
/// The same meters as OpenAI's `usage`.
[[nodiscard]] json::object render_usage(const finops::TokenCounts& tokens);

/// What a chunk needs besides what the provider says.
struct GeminiFrame {
  std::string provider;      // its name, for errors
  std::string model;         // when the response names none
  std::string fallback_id;   // when the response has none
  std::int64_t created = 0;  // seconds since 1970
  std::size_t choices = 1;   // asked for
};

/// Reads one answer: `read` each response in order, then `finish`. Usage is what the last response said.
class GeminiAnswer {
 public:
  explicit GeminiAnswer(GeminiFrame frame) : frame_(std::move(frame)) {}
  /// What this response adds, as a chunk; nothing when it adds no text, thought or call.
  [[nodiscard]] std::optional<json::object> read(const json::object& response);
  /// True when every choice has ended, or the prompt was blocked: Gemini's terminal event.
  [[nodiscard]] bool is_complete() const;
  /// The same for those that began, at the clean end of a response.
  [[nodiscard]] bool is_ended() const;
  /// Why an ended answer cannot be used: no candidate, a call that cannot be read, a stop without a word.
  [[nodiscard]] std::optional<gateway::ProviderFailure> fault() const;
  /// The last chunks: each choice's reason to stop, then usage when known.
  [[nodiscard]] std::vector<json::object> finish();

  [[nodiscard]] const std::optional<finops::TokenCounts>& usage() const { return usage_; }
  [[nodiscard]] const std::string& model() const { return model_; }
  [[nodiscard]] const std::string& id() const { return id_; }

 private:
  struct Choice {
    bool has_role = false, has_content = false;
    std::size_t calls = 0;
    std::string finish, finish_message;
    json::object extra;        // of the message: what only Gemini knows
    json::object annotations;  // of the choice: grounding, citations, ratings
    json::array images;
    json::array logprobs;  // not shown yet
  };
  json::object read_candidate(const json::object& candidate, Choice& choice, std::int64_t index);
  void read_part(const json::object& part, Choice& choice, std::int64_t index, json::object& delta);
  void read_call(const json::object& part, const json::object& call, Choice& choice, std::int64_t index,
                 json::object& delta);
  [[nodiscard]] json::object finish_choice(Choice& choice, std::int64_t index);
  [[nodiscard]] json::object chunk(json::array choices) const;

  GeminiFrame frame_;
  std::string id_, model_, block_reason_, block_message_;
  std::map<std::int64_t, Choice> choices_;
  std::optional<finops::TokenCounts> usage_;
};

/// A whole answer as chat.completion, or why there is none.
[[nodiscard]] gateway::ProviderResult read_gemini_answer(const json::object& response, GeminiFrame frame);

}  // namespace millwright::extensions
