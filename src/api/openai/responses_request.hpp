// A request to POST /v1/responses, decoded into the canonical chat: docs/decisions/0005. Pure.
#pragma once

#include <string>

#include "base/json.hpp"

namespace millwright::api::openai {

struct ResponsesRequest {
  std::string model;
  json::object chat;  // members of the canonical request, without messages
  std::string instructions;
  json::array input;              // items of this request; a text is one message of the user
  std::string previous_response;  // id; empty: the conversation begins here
  bool is_streamed = false;
  bool is_stored = true;
  bool is_background = false;
  bool shows_encrypted_reasoning = false;
  bool shows_logprobs = false;
  json::object shown;  // what the response repeats of the request
};

/// InvalidInput names the field. Hosted tools of the provider, and settings that only it could obey, are refused by
/// name; fields nobody knows travel along.
[[nodiscard]] Result<ResponsesRequest> parse_responses_request(json::object body);

/// The whole canonical request: instructions, the items of the conversation before, those of this request.
[[nodiscard]] Result<json::object> chat_of(const ResponsesRequest& request, const json::array& before);

/// Items as they are listed: with an id where they have none (`tag` is the response's id without its prefix), messages
/// with a list of parts, and a status.
void number_items(json::array& items, std::string_view tag);

}  // namespace millwright::api::openai
