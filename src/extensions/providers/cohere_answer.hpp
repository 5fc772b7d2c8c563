// Cohere's answers as the canonical ones: chats, events of streams, embeddings, rankings, errors.
#pragma once

#include <map>
#include <string>

#include "extensions/providers/dialect.hpp"
#include "io/sse/sse.hpp"

namespace millwright::extensions {

/// What is billed: `billed_units` where they are given, else `tokens`. Search units are requests of a tool. `owner`
/// holds `usage` (chat) or `meta` (embed, rerank). Nothing when neither says anything.
[[nodiscard]] std::optional<finops::TokenCounts> read_cohere_usage(const json::object& owner);

/// {"message": "…"} under `status`; 0: in a body or a stream that began well.
[[nodiscard]] gateway::ProviderFailure failure_of_cohere(std::uint16_t status, std::string_view body,
                                                         std::string_view provider);

class CohereStream final : public DialectStream {
 public:
  explicit CohereStream(AnswerFrame frame) : frame_(std::move(frame)) {}
  [[nodiscard]] StreamStep feed(std::string_view bytes) override;
  [[nodiscard]] StreamStep end() override;
  [[nodiscard]] bool is_finished() const override { return is_finished_; }
  [[nodiscard]] gateway::ProviderAnswer known() const override;

 private:
  void read(const json::object& event, StreamStep& step);
  void read_message(std::string_view type, const json::object& event, const json::object& message, StreamStep& step);
  void read_call(std::string_view type, const json::object& event, const json::object& call, StreamStep& step);
  void finish(const json::object& event, StreamStep& step);
  void say(json::object delta, StreamStep& step);

  AnswerFrame frame_;
  io::sse::Parser parser_;
  std::optional<finops::TokenCounts> usage_;
  std::map<std::int64_t, std::int64_t> calls_;  // index of an event → index in the answer
  bool has_role_ = false, is_finished_ = false;
};

[[nodiscard]] gateway::ProviderResult read_cohere_answer(const json::object& body, AnswerFrame frame);
/// The vectors of one answer of /v2/embed, or its failure.
[[nodiscard]] std::expected<json::array, gateway::ProviderFailure> read_cohere_vectors(const json::object& body,
                                                                                       std::string_view provider);
/// `request` is the caller's: with return_documents each result holds its document.
[[nodiscard]] gateway::ProviderResult read_cohere_ranking(const json::object& body, const json::object& request,
                                                          const AnswerFrame& frame);

}  // namespace millwright::extensions
