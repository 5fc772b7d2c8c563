#include "extensions/providers/dialect.hpp"

#include "extensions/providers/upstream.hpp"

namespace millwright::extensions {
namespace {

using gateway::OnChunk;
using gateway::ProviderCall;
using gateway::ProviderFailure;
using gateway::ProviderResult;

/// Passes a step on; nothing when the stream goes on.
io::Task<std::optional<ProviderFailure>> pass_on(StreamStep step, const DialectStream& stream, bool& has_begun,
                                                 const OnChunk& on_chunk) {
  for (auto& chunk : step.chunks) {
    has_begun = true;
    auto passed = co_await on_chunk(std::move(chunk));
    if (!passed) co_return broken(failure_of_transport(std::move(passed.error())), stream.known());
  }
  if (!step.failure) co_return std::nullopt;
  const bool is_said_by_provider = step.failure->status != 0;
  co_return broken_by_provider(std::move(*step.failure), stream.known(), has_begun || !is_said_by_provider);
}

io::Task<ProviderResult> read_stream(io::http::ClientResponse& upstream, const Dialect& dialect,
                                     const ProviderCall& call, const OnChunk& on_chunk) {
  auto& stream = *dialect.stream;
  bool has_begun = false;
  while (!stream.is_finished()) {
    upstream.expire_after(call.idle_timeout);
    auto bytes = co_await upstream.read_some();
    if (!bytes) co_return std::unexpected(broken(failure_of_transport(std::move(bytes.error())), stream.known()));
    const bool is_end = bytes->empty();
    auto step = is_end ? stream.end() : stream.feed(*bytes);
    auto failure = co_await pass_on(std::move(step), stream, has_begun, on_chunk);
    if (failure) co_return std::unexpected(std::move(*failure));
    if (is_end) co_return stream.known();
  }
  co_await drain(upstream);
  co_return stream.known();
}

/// A whole answer in the shape of a stream, for a server that does not stream.
io::Task<ProviderResult> pass_whole(gateway::ProviderAnswer answer, const OnChunk& on_chunk) {
  json::object chunk = std::move(answer.body);
  answer.body = json::object();
  chunk["object"] = "chat.completion.chunk";
  for (auto& item : chunk["choices"].get_array()) {
    auto& choice = item.get_object();
    auto delta = choice["message"];
    choice.stable_erase("message");
    if (auto* calls = delta.get_object().if_contains("tool_calls"); calls != nullptr && calls->is_array()) {
      std::int64_t index = 0;
      for (auto& call : calls->get_array()) call.get_object()["index"] = index++;
    }
    choice["delta"] = std::move(delta);
  }
  auto passed = co_await on_chunk(std::move(chunk));
  if (passed) co_return answer;
  auto failure = failure_of_transport(std::move(passed.error()));
  failure.may_be_billed = true;
  failure.usage = answer.usage;
  failure.service_tier = answer.service_tier;
  co_return std::unexpected(std::move(failure));
}

io::Task<ProviderResult> read_answer(io::http::ClientResponse& upstream, const Dialect& dialect,
                                     const ProviderCall& call, const OnChunk& on_chunk) {
  auto text = co_await upstream.read_all(answer_bytes_max);
  if (!text) {
    auto failure = failure_of_transport(std::move(text.error()));
    failure.may_be_billed = true;  // the answer had begun
    co_return std::unexpected(std::move(failure));
  }
  auto body = parse_json_object(*text, {answer_bytes_max, 128}, JsonMemory::Pooled);
  if (!body) {
    auto failure = dialect.read_failure(502, {});
    failure.error.message =
        fmt::format("the provider {} answered with what is not JSON: {}", dialect.provider, body.error().message);
    failure.may_be_billed = true;
    co_return std::unexpected(std::move(failure));
  }
  auto answer = dialect.read_answer(*body);
  if (!answer || !call.is_streamed) co_return answer;
  auto passed = co_await pass_whole(std::move(*answer), on_chunk);
  co_return passed;
}

void join_list(json::object& message, std::string_view name, const json::value& more) {
  auto& list = message[name];
  if (!list.is_array()) list = json::array();
  for (auto item : more.get_array()) {
    if (item.is_object()) item.get_object().stable_erase("index");
    list.get_array().push_back(std::move(item));
  }
}

void join_delta(json::object& message, const json::object& delta) {
  for (const auto& [name, value] : delta) {
    auto& place = message[name];
    if (value.is_string() && place.is_string() && name != "role")
      place.get_string().append(value.get_string());
    else if (value.is_array())
      join_list(message, name, value);
    else
      place = value;
  }
}

}  // namespace

AnswerFrame frame_of(std::string_view provider, const ProviderCall& call) {
  return {std::string(provider), call.model != nullptr ? call.model->id : std::string(), std::string(call.request_id),
          to_micros(system_clock().now()) / 1'000'000};
}

io::Task<ProviderResult> call_dialect(io::http::Client& client, const io::http::Origin& origin,
                                      io::http::ClientRequest request, const Dialect& dialect, const ProviderCall& call,
                                      const OnChunk& on_chunk) {
  auto response = co_await client.send(origin, std::move(request), call.timeout, call.cancellation);
  if (!response) co_return std::unexpected(failure_of_transport(std::move(response.error())));
  auto& upstream = **response;
  if (upstream.status() < 200 || upstream.status() >= 300) {
    auto body = co_await upstream.read_all(error_bytes_max);
    auto failure = dialect.read_failure(upstream.status(), body ? *body : std::string());
    failure.error.retry_after = retry_after(upstream.headers(), system_clock().now());
    co_return std::unexpected(std::move(failure));
  }
  if (call.is_streamed && upstream.headers().find("content-type").starts_with(dialect.stream_type)) {
    auto result = co_await read_stream(upstream, dialect, call, on_chunk);
    co_return result;
  }
  auto result = co_await read_answer(upstream, dialect, call, on_chunk);
  co_return result;
}

void classify_by_status(ProviderFailure& failure) {
  const auto status = failure.status;
  if (status == 429) {
    failure.error.code = ErrorCode::RateLimited;
    failure.is_retryable = true;
  } else if (status == 408 || status == 504) {
    failure.error.code = ErrorCode::Timeout;
    failure.is_retryable = true;
  } else if (status == 401 || status == 402 || status == 403) {
    failure.error.code = ErrorCode::UpstreamFailed;  // our account, not the caller's
    failure.error.fix = "An administrator must check the provider's key and account.";
  } else if (status == 404) {
    failure.error.code = ErrorCode::UpstreamFailed;  // a model that the provider does not know
  } else if (status >= 400 && status < 500 && status != 409) {
    failure.error.code = ErrorCode::InvalidInput;
    failure.may_fall_back = false;
  } else {
    failure.error.code = ErrorCode::UpstreamFailed;
    failure.is_retryable = true;
  }
}

json::object make_chunk(const AnswerFrame& frame, json::object delta, std::string_view finish_reason) {
  json::object choice{{"index", 0}, {"delta", std::move(delta)}, {"finish_reason", nullptr}};
  if (!finish_reason.empty()) choice["finish_reason"] = finish_reason;
  return {{"id", frame.id},
          {"object", "chat.completion.chunk"},
          {"created", frame.created},
          {"model", frame.model},
          {"choices", json::array{std::move(choice)}}};
}

json::object make_usage_chunk(const AnswerFrame& frame, json::object usage) {
  return {{"id", frame.id},       {"object", "chat.completion.chunk"}, {"created", frame.created},
          {"model", frame.model}, {"choices", json::array()},          {"usage", std::move(usage)}};
}

json::object join_chunks(std::vector<json::object> chunks) {
  json::object whole, choice;
  json::object message{{"role", "assistant"}, {"content", nullptr}};
  for (auto& chunk : chunks) {
    for (auto& [name, value] : chunk) {
      if (name != "choices") whole[name] = std::move(value);
    }
    for (auto& item : chunk["choices"].get_array()) {
      for (auto& [name, value] : item.get_object()) {
        if (name == "delta")
          join_delta(message, value.get_object());
        else
          choice[name] = std::move(value);
      }
    }
  }
  choice["message"] = std::move(message);
  whole["object"] = "chat.completion";
  auto usage = whole["usage"];
  whole.stable_erase("usage");
  whole["choices"] = json::array{std::move(choice)};
  if (usage.is_object()) whole["usage"] = std::move(usage);
  return whole;
}

}  // namespace millwright::extensions
