// Responses that run in the background: begun by a request and kept; streamed too, to whoever follows.
#pragma once

#include <memory>

#include "api/openai/response_calls.hpp"
#include "api/openai/response_log.hpp"
#include "io/http/server.hpp"

namespace millwright::api::openai {

/// Answers with the queued response, or with its events while they come; the call goes on when the client leaves.
[[nodiscard]] io::Task<void> answer_background(Parts parts, io::http::Exchange& exchange, ResponseCall call);

/// The events of `log` from the one numbered `from` to the end, as they come.
[[nodiscard]] io::Task<void> follow_log(io::http::Exchange& exchange, std::shared_ptr<ResponseLog> log,
                                        std::size_t from);

}  // namespace millwright::api::openai
