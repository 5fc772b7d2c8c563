// Ollama's answers, whole or line by line (NDJSON), as the canonical chat's answers and chunks.
#pragma once

#include <string>

#include "extensions/providers/dialect.hpp"

namespace millwright::extensions {

/// prompt_eval_count and eval_count. Nothing when neither is there.
[[nodiscard]] std::optional<finops::TokenCounts> read_ollama_usage(const json::object& body);

/// {"error": "…"} under `status`; 0: in a body or a stream that began well.
[[nodiscard]] gateway::ProviderFailure failure_of_ollama(std::uint16_t status, std::string_view body,
                                                         std::string_view provider);

class OllamaStream final : public DialectStream {
 public:
  explicit OllamaStream(AnswerFrame frame) : frame_(std::move(frame)) {}
  [[nodiscard]] StreamStep feed(std::string_view bytes) override;
  [[nodiscard]] StreamStep end() override;
  [[nodiscard]] bool is_finished() const override { return is_finished_; }
  [[nodiscard]] gateway::ProviderAnswer known() const override;
  /// One object of the stream; a whole answer is one that is also the last.
  void read(const json::object& object, StreamStep& step);

 private:
  void read_line(StreamStep& step);
  json::object delta_of(const json::object& message);
  void finish(const json::object& object, StreamStep& step);

  AnswerFrame frame_;
  std::string line_;
  std::optional<finops::TokenCounts> usage_;
  std::int64_t calls_ = 0;
  bool has_role_ = false, is_finished_ = false;
};

[[nodiscard]] gateway::ProviderResult read_ollama_answer(const json::object& body, AnswerFrame frame);
/// The answer of /api/embed as OpenAI's.
[[nodiscard]] gateway::ProviderResult read_ollama_embeddings(const json::object& body, const AnswerFrame& frame,
                                                             bool is_base64);

}  // namespace millwright::extensions
