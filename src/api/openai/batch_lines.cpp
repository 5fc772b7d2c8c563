#include "api/openai/batch_lines.hpp"

#include "api/openai/completions_wire.hpp"
#include "api/openai/response_calls.hpp"
#include "api/openai/surface.hpp"

namespace millwright::api::openai {
namespace {

using gateway::ChatCall;
using gateway::ChatOutcome;
using gateway::field_error;
using gateway::Operation;

Result<ChatCall> call_with(Result<gateway::ChatRequest> request) {
  if (!request) return pass(request);
  ChatCall call;
  take_over(call.request, std::move(*request));
  call.request.is_streamed = false;
  return call;
}

Result<std::string> whole_body(const json::object&, ChatOutcome& outcome) { return std::move(outcome.body); }

Result<ChatCall> read_chat(json::object body) { return call_with(gateway::parse_chat_request(std::move(body))); }

template <Operation operation>
Result<ChatCall> read_operation(json::object body) {
  return call_with(gateway::parse_operation_request(operation, std::move(body)));
}

Result<CompletionsRequest> one_prompt(json::object body) {
  auto request = parse_completions_request(std::move(body));
  if (request && request->prompts.size() != 1) {
    return field_error("prompt", "a line of a batch has one prompt; send each on a line of its own");
  }
  return request;
}

Result<ChatCall> read_completion(json::object body) {
  auto request = one_prompt(std::move(body));
  if (!request) return pass(request);
  return call_with(gateway::parse_chat_request(chat_of(*request, 0)));
}

Result<std::string> completion_body(const json::object& body, ChatOutcome& outcome) {
  auto request = one_prompt(body);
  if (!request) return pass(request);
  auto answer = parse_json_object(outcome.body, {64u << 20, 128});
  if (!answer) return pass(answer);
  CompletionChoices reader(*request, 0);
  auto frame = completion_frame(*answer, "cmpl-" + outcome.trace.id.text(), reader.read(*answer));
  if (const auto* usage = find_member(*answer, "usage")) frame["usage"] = *usage;
  return json::serialize(frame);
}

Result<ResponsesRequest> lone_response(json::object body) {
  auto request = parse_responses_request(std::move(body));
  if (!request) return request;
  if (!request->previous_response.empty()) {
    return field_error("previous_response_id", "a line of a batch continues no conversation; send its items as input");
  }
  if (request->is_background) return field_error("background", "a line of a batch is in the background already");
  return request;
}

Result<ChatCall> read_response(json::object body) {
  auto request = lone_response(std::move(body));
  if (!request) return pass(request);
  auto chat = chat_of(*request, {});
  if (!chat) return pass(chat);
  auto call = call_with(gateway::parse_chat_request(std::move(*chat)));
  if (call) call->request.wants_usage = true;
  return call;
}

Result<std::string> response_body(const json::object& body, ChatOutcome& outcome) {
  auto request = lone_response(body);
  if (!request) return pass(request);
  ResponseFrame frame;
  frame.id = "resp_" + outcome.trace.id.text();
  frame.created_at = seconds_of(outcome.trace.start);
  frame.model = request->model;
  frame.shown = request->shown;
  frame.shows_encrypted_reasoning = request->shows_encrypted_reasoning;
  ResponseBuilder builder(frame);
  build_whole(builder, outcome, outcome.trace.start + std::chrono::microseconds(outcome.trace.duration_us));
  builder.mark_not_stored();
  return json::serialize(builder.shown_response());
}

}  // namespace

std::vector<batches::Dialect> batch_dialects() {
  return {
      {"/v1/chat/completions", read_chat, whole_body, error_json},
      {"/v1/responses", read_response, response_body, error_json},
      {"/v1/completions", read_completion, completion_body, error_json},
      {"/v1/embeddings", read_operation<Operation::Embeddings>, whole_body, error_json},
      {"/v1/moderations", read_operation<Operation::Moderations>, whole_body, error_json},
      {"/v1/rerank", read_operation<Operation::Rerank>, whole_body, error_json},
  };
}

}  // namespace millwright::api::openai
