#include "extensions/providers/ollama_answer.hpp"

#include "base/json_count.hpp"
#include "base/text.hpp"
#include "extensions/providers/embeddings.hpp"
#include "extensions/providers/gemini_answer.hpp"
#include "extensions/providers/upstream.hpp"

namespace millwright::extensions {
namespace {

constexpr std::size_t line_bytes_max = 32u << 20;

std::string_view finish_reason_of(std::string_view native, bool has_calls) {
  if (native == "length") return "length";
  return has_calls ? "tool_calls" : "stop";
}

gateway::ProviderFailure not_an_object(std::string_view provider, const Error& why) {
  gateway::ProviderFailure failure;
  failure.status = 502;
  classify_by_status(failure);
  failure.error.message = fmt::format("the provider {} sent a line that is not JSON: {}", provider, why.message);
  return failure;
}

}  // namespace

std::optional<finops::TokenCounts> read_ollama_usage(const json::object& body) {
  // A prompt that was all in the cache may come without its count.
  if (!body.contains("prompt_eval_count") && !body.contains("eval_count")) return std::nullopt;
  finops::TokenCounts tokens;
  tokens.input = count_member(body, "prompt_eval_count");
  tokens.output = count_member(body, "eval_count");
  return tokens;
}

gateway::ProviderFailure failure_of_ollama(std::uint16_t status, std::string_view body, std::string_view provider) {
  gateway::ProviderFailure failure;
  failure.status = status == 0 ? 502 : status;
  std::string message;
  if (auto parsed = parse_json_object(body)) {
    message = string_member(*parsed, "error");
    if (const auto* error = find_member(*parsed, "error"); error != nullptr && error->is_object()) {
      message = string_member(error->get_object(), "message");
    }
  }
  classify_by_status(failure);
  failure.error.message = fmt::format("the provider {} answered {}{}{}", provider, failure.status,
                                      message.empty() ? "" : ": ", utf8_prefix(message, 500));
  return failure;
}

StreamStep OllamaStream::feed(std::string_view bytes) {
  StreamStep step;
  while (!bytes.empty() && !is_finished_ && !step.failure) {
    const auto end = bytes.find('\n');
    const auto piece = bytes.substr(0, end);
    if (line_.size() + piece.size() > line_bytes_max) {
      step.failure =
          failure_of_transport(fail(ErrorCode::UpstreamFailed, "the provider {} sent a line longer than {} bytes",
                                    frame_.provider, line_bytes_max)
                                   .error());
      return step;
    }
    line_.append(piece);
    if (end == std::string_view::npos) return step;
    bytes.remove_prefix(end + 1);
    read_line(step);
  }
  return step;
}

StreamStep OllamaStream::end() {
  StreamStep step;
  if (!is_finished_) read_line(step);
  if (!is_finished_ && !step.failure) step.failure = failure_of_transport(cut_short(frame_.provider));
  return step;
}

void OllamaStream::read_line(StreamStep& step) {
  const auto text = trimmed(line_);
  if (!text.empty()) {
    auto object = parse_json_object(text, {line_bytes_max, 128});
    if (object)
      read(*object, step);
    else
      step.failure = not_an_object(frame_.provider, object.error());
  }
  line_.clear();
}

void OllamaStream::read(const json::object& object, StreamStep& step) {
  if (find_member(object, "error") != nullptr) {
    step.failure = failure_of_ollama(0, json::serialize(object), frame_.provider);
    return;
  }
  if (const auto model = string_member(object, "model"); !model.empty()) frame_.model = model;
  const auto* message = find_member(object, "message");
  auto delta = message != nullptr && message->is_object() ? delta_of(message->get_object()) : json::object();
  if (!delta.empty()) {
    auto chunk = make_chunk(frame_, std::move(delta));
    if (const auto* logprobs = find_member(object, "logprobs"); logprobs != nullptr && logprobs->is_array()) {
      chunk["choices"].get_array()[0].get_object()["logprobs"] =
          json::object{{"content", *logprobs}, {"refusal", nullptr}};
    }
    step.chunks.push_back(std::move(chunk));
  }
  const auto* done = find_member(object, "done");
  if (done != nullptr && *done == true) finish(object, step);
}

json::object OllamaStream::delta_of(const json::object& message) {
  json::object delta;
  if (const auto thought = string_member(message, "thinking"); !thought.empty()) delta["reasoning_content"] = thought;
  if (const auto text = string_member(message, "content"); !text.empty()) delta["content"] = text;
  json::array calls;
  if (const auto* given = find_member(message, "tool_calls"); given != nullptr && given->is_array()) {
    for (const auto& item : given->get_array()) {
      const auto* function = item.is_object() ? find_member(item.get_object(), "function") : nullptr;
      if (function == nullptr || !function->is_object()) continue;
      std::string id(string_member(item.get_object(), "id"));
      if (id.empty()) id = fmt::format("call_{}_{}", frame_.id, calls_);
      const auto* arguments = find_member(function->get_object(), "arguments");
      std::string text = "{}";
      if (arguments != nullptr && arguments->is_object()) text = json::serialize(*arguments);
      if (arguments != nullptr && arguments->is_string()) text = arguments->get_string();
      calls.push_back(json::object{
          {"index", calls_++},
          {"id", id},
          {"type", "function"},
          {"function", json::object{{"name", string_member(function->get_object(), "name")}, {"arguments", text}}}});
    }
  }
  if (!calls.empty()) delta["tool_calls"] = std::move(calls);
  if (delta.empty() || has_role_) return delta;
  has_role_ = true;
  json::object first{{"role", "assistant"}};
  for (auto& [name, value] : delta) first[name] = std::move(value);
  return first;
}

void OllamaStream::finish(const json::object& object, StreamStep& step) {
  is_finished_ = true;
  usage_ = read_ollama_usage(object);
  const auto native = string_member(object, "done_reason");
  json::object delta;
  if (!has_role_) delta["role"] = "assistant";
  auto chunk = make_chunk(frame_, std::move(delta), finish_reason_of(native, calls_ > 0));
  if (!native.empty()) chunk["choices"].get_array()[0].get_object()["native_finish_reason"] = native;
  step.chunks.push_back(std::move(chunk));
  if (usage_) step.chunks.push_back(make_usage_chunk(frame_, render_usage(*usage_)));
}

gateway::ProviderAnswer OllamaStream::known() const {
  gateway::ProviderAnswer answer;
  answer.provider_model = frame_.model;
  answer.usage = usage_;
  return answer;
}

gateway::ProviderResult read_ollama_answer(const json::object& body, AnswerFrame frame) {
  OllamaStream stream(std::move(frame));
  StreamStep step;
  stream.read(body, step);
  if (!stream.is_finished() && !step.failure) step.failure = stream.end().failure;
  if (step.failure) {
    step.failure->may_be_billed = false;  // an error in place of an answer
    return std::unexpected(std::move(*step.failure));
  }
  auto answer = stream.known();
  answer.body = join_chunks(std::move(step.chunks));
  return answer;
}

gateway::ProviderResult read_ollama_embeddings(const json::object& body, const AnswerFrame& frame, bool is_base64) {
  const auto* vectors = find_member(body, "embeddings");
  if (find_member(body, "error") != nullptr || vectors == nullptr || !vectors->is_array()) {
    return std::unexpected(failure_of_ollama(0, json::serialize(body), frame.provider));
  }
  gateway::ProviderAnswer answer;
  answer.usage = read_ollama_usage(body);
  const auto model = string_member(body, "model");
  answer.provider_model = model.empty() ? std::string_view(frame.model) : model;
  answer.body =
      render_embeddings(vectors->get_array(), answer.provider_model, is_base64, answer.usage ? answer.usage->input : 0);
  return answer;
}

}  // namespace millwright::extensions
