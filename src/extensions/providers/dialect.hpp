// One call of a provider that speaks a dialect of its own: pure functions translate, this sends, reads and passes on.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "features/gateway/provider.hpp"

namespace millwright::extensions {

/// What the canonical answer needs besides what the provider says.
struct AnswerFrame {
  std::string provider;      // its name, for errors
  std::string model;         // when the answer names none
  std::string id;            // when the answer has none
  std::int64_t created = 0;  // seconds since 1970
};
[[nodiscard]] AnswerFrame frame_of(std::string_view provider, const gateway::ProviderCall& call);

/// What some bytes gave: chunks in order, and after them the failure that ends the stream, if there is one.
struct StreamStep {
  std::vector<json::object> chunks;
  std::optional<gateway::ProviderFailure> failure;
};

/// Reads a stream, however its bytes are cut. After a failure it is fed no more.
class DialectStream {
 public:
  virtual ~DialectStream() = default;
  [[nodiscard]] virtual StreamStep feed(std::string_view bytes) = 0;
  /// The end of the bytes: a failure unless the dialect's own terminal event has come.
  [[nodiscard]] virtual StreamStep end() = 0;
  /// The terminal event has come; what follows is not read.
  [[nodiscard]] virtual bool is_finished() const = 0;
  /// Model, id and usage, as far as they are known; without a body.
  [[nodiscard]] virtual gateway::ProviderAnswer known() const = 0;
};

/// How a dialect is read. `read_answer` gets the JSON object of a 2xx response.
struct Dialect {
  std::string provider;
  std::string_view stream_type;           // the media type of a stream; empty: whatever came is one
  std::unique_ptr<DialectStream> stream;  // for a streamed call
  std::function<gateway::ProviderResult(const json::object&)> read_answer;
  std::function<gateway::ProviderFailure(std::uint16_t, std::string_view)> read_failure;
};

/// Sends the translated request and reads what comes, streamed or not, as gateway::Provider::chat promises. A server
/// that answers a streamed call with a whole answer is read too.
[[nodiscard]] io::Task<gateway::ProviderResult> call_dialect(io::http::Client& client, const io::http::Origin& origin,
                                                             io::http::ClientRequest request, const Dialect& dialect,
                                                             const gateway::ProviderCall& call,
                                                             const gateway::OnChunk& on_chunk);

/// Sets error code, retry and fallback by `failure.status`, as all HTTP APIs of models mean it.
void classify_by_status(gateway::ProviderFailure& failure);

/// A chunk with one choice; without a reason the choice goes on.
[[nodiscard]] json::object make_chunk(const AnswerFrame& frame, json::object delta,
                                      std::string_view finish_reason = {});
/// The last chunk: no choice, only usage.
[[nodiscard]] json::object make_usage_chunk(const AnswerFrame& frame, json::object usage);
/// Chunks of one choice as a whole answer: texts, calls and annotations joined.
[[nodiscard]] json::object join_chunks(std::vector<json::object> chunks);

}  // namespace millwright::extensions
