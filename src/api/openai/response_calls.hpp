// What the endpoints of /v1/responses share: a request made ready to be called, and its answer made a response.
#pragma once

#include <string>

#include "api/openai/responses_builder.hpp"
#include "api/openai/responses_request.hpp"
#include "api/openai/routes.hpp"
#include "features/gateway/gateway.hpp"

namespace millwright::api::openai {

/// A checked request with the conversation before it.
struct ResponseCall {
  ResponsesRequest request;
  ResponseFrame frame;
  gateway::ChatCall chat;
  std::string scope;  // who may see what is kept
  Timestamp created;
};
/// Reads caller, body, the items it refers to and, with previous_response_id, the conversation before.
[[nodiscard]] io::Task<Result<ResponseCall>> read_response_call(Parts parts, const io::http::Request& http);

/// What is kept of a response.
[[nodiscard]] gateway::StoredResponse record_of(const ResponseCall& call, const json::object& response);
/// `error` of a failed response: {code, message, millwright}.
[[nodiscard]] json::object failure_of(const gateway::ChatOutcome& outcome);
/// Puts a whole answer into `builder`, or its failure.
void build_whole(ResponseBuilder& builder, const gateway::ChatOutcome& outcome, Timestamp now);
/// Whole seconds since 1970, as a response tells time.
[[nodiscard]] constexpr std::int64_t seconds_of(Timestamp time) { return to_micros(time) / 1'000'000; }

/// "resp_…" of "/v1/responses/resp_…/cancel".
[[nodiscard]] std::string response_id_of(const io::http::Request& http);
/// The response as its caller may see it.
[[nodiscard]] io::http::Response response_answer(const json::object& response, std::string_view request_id);
/// Sends what a handler made, or its error in the surface's shape.
[[nodiscard]] io::Task<void> send_result(io::http::Exchange& exchange, Result<io::http::Response> result);

}  // namespace millwright::api::openai
