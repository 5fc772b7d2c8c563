#include "tests/fakes/anthropic.hpp"

#include "base/id.hpp"
#include "io/sse/sse.hpp"
#include "tests/fakes/directives.hpp"

namespace millwright::test {

/// What one request asks the fake to do.
struct ScriptedAnthropic::Script : ModelScript {
  std::string id = "msg_" + Id::generate().text(), model, cite;
  bool is_streamed = false, no_done = false, has_search = false;

  [[nodiscard]] json::object usage(std::int64_t output) const;
  [[nodiscard]] json::object message(json::array content) const;
  [[nodiscard]] json::array content() const;
};

namespace {

constexpr std::string_view signature = "EqQBCgIYAhIM/scripted+signature==";

json::object object_of(std::string_view text) { return parse_json_object(text).value_or(json::object()); }

json::object tool_block(json::object input) {
  return {{"type", "tool_use"}, {"id", "toolu_01"}, {"name", "lookup"}, {"input", std::move(input)}};
}

json::array search_blocks() {
  return {object_of(R"({"type":"server_tool_use","id":"srvtoolu_01","name":"web_search","input":{"query":"bern"}})"),
          object_of(R"({"type":"web_search_tool_result","tool_use_id":"srvtoolu_01","content":[]})")};
}

json::object citation_of(const std::string& url) {
  return {{"type", "web_search_result_location"},
          {"url", url},
          {"title", "A page"},
          {"cited_text", "words"},
          {"encrypted_index", "Eo8BCioIAhgB"}};
}

std::string_view error_type(std::int64_t status) {
  switch (status) {
    case 400: return "invalid_request_error";
    case 401: return "authentication_error";
    case 403: return "permission_error";
    case 404: return "not_found_error";
    case 413: return "request_too_large";
    case 429: return "rate_limit_error";
    case 529: return "overloaded_error";
    default: return "api_error";
  }
}

io::http::Response json_response(std::uint16_t status, const json::value& body) {
  io::http::Response response;
  response.status = status;
  response.headers.set("Content-Type", "application/json");
  response.body = json::serialize(body);
  return response;
}

std::string event_text(std::string_view type, json::object members) {
  json::object event{{"type", type}};
  for (auto& member : members) event.emplace(member.key(), std::move(member.value()));
  std::string text;
  io::sse::append_event(text, type, json::serialize(event));
  return text;
}

std::string delta_text(std::int64_t index, json::object delta) {
  return event_text("content_block_delta", {{"index", index}, {"delta", std::move(delta)}});
}

std::string start_text(std::int64_t index, json::object block) {
  return event_text("content_block_start", {{"index", index}, {"content_block", std::move(block)}});
}

/// Ends a block and moves on to the next.
std::string stop_text(std::int64_t& index) { return event_text("content_block_stop", {{"index", index++}}); }

}  // namespace

json::object ScriptedAnthropic::Script::usage(std::int64_t output) const {
  json::object usage{{"input_tokens", prompt - cached - written - written_1h},
                     {"cache_read_input_tokens", cached},
                     {"cache_creation_input_tokens", written + written_1h},
                     {"cache_creation",
                      json::object{{"ephemeral_5m_input_tokens", written}, {"ephemeral_1h_input_tokens", written_1h}}},
                     {"output_tokens", output},
                     {"service_tier", "standard"}};
  if (!think.empty())
    usage["output_tokens_details"] = json::object{{"thinking_tokens", std::min(output, thinking_tokens())}};
  if (has_search) usage["server_tool_use"] = json::object{{"web_search_requests", 1}};
  return usage;
}

json::object ScriptedAnthropic::Script::message(json::array content) const {
  return {{"id", id},
          {"type", "message"},
          {"role", "assistant"},
          {"model", model},
          {"content", std::move(content)},
          {"stop_reason", nullptr},
          {"stop_sequence", nullptr}};
}

json::array ScriptedAnthropic::Script::content() const {
  json::array blocks;
  if (!think.empty())
    blocks.push_back(json::object{{"type", "thinking"}, {"thinking", think}, {"signature", signature}});
  if (has_search) {
    for (auto& block : search_blocks()) blocks.push_back(std::move(block));
  }
  json::object text{{"type", "text"}, {"text", say}};
  if (!cite.empty()) text["citations"] = json::array{citation_of(cite)};
  blocks.push_back(std::move(text));
  if (has_tool) blocks.push_back(tool_block({{"city", "Bern"}}));
  return blocks;
}

io::Task<void> ScriptedAnthropic::fail_with(io::http::Exchange& exchange, std::int64_t status, std::string message,
                                            std::int64_t retry_after) {
  json::object error{{"type", error_type(status)}, {"message", message}};
  auto response = json_response(static_cast<std::uint16_t>(status),
                                json::object{{"type", "error"}, {"error", std::move(error)}, {"request_id", "req_01"}});
  if (retry_after >= 0) response.headers.set("retry-after", fmt::format("{}", retry_after));
  auto sent = co_await exchange.send(std::move(response));
  (void)sent;
}

ScriptedAnthropic::Script ScriptedAnthropic::read_script(const io::http::Headers& headers, const json::object& body,
                                                         const std::string& text) {
  Script script{read_model_script(body, text, body.at("max_tokens").get_int64())};
  script.model = string_member(body, "model");
  const auto* stream = find_member(body, "stream");
  script.is_streamed = stream != nullptr && *stream == true;
  script.no_done = has_directive(text, "no-done");
  script.has_search = has_directive(text, "search");
  (void)find_directive(text, "cite", script.cite);
  if (has_directive(text, "echo")) {
    const json::object received{{"version", headers.find("anthropic-version")},
                                {"beta", headers.find("anthropic-beta")},
                                {"key", headers.find("x-api-key")},
                                {"body", body}};
    script.say = json::serialize(received);
  }
  return script;
}

io::Task<bool> ScriptedAnthropic::has_failed(io::http::Exchange& exchange, const std::string& text) {
  const auto failure = failures_.next(text);
  if (!failure) co_return false;
  if (failure->kind == ScriptedFailure::Kind::Status) {
    const auto said = fmt::format("scripted failure {}", number_directive(text, "status", 0));
    co_await fail_with(exchange, failure->status, said, failure->retry_after);
    co_return true;
  }
  if (failure->kind == ScriptedFailure::Kind::CutHead) {
    exchange.abort();
    co_return true;
  }
  auto response = json_response(
      200, object_of(R"({"type":"error","error":{"type":"api_error","message":"scripted error under 200"}})"));
  if (failure->kind == ScriptedFailure::Kind::Garbage) response.body = "<html>502 not json";
  auto sent = co_await exchange.send(std::move(response));
  (void)sent;
  co_return true;
}

io::Task<void> ScriptedAnthropic::handle(io::http::Exchange& exchange) {
  const auto body = parse_json_object(exchange.request().body);
  const auto& headers = exchange.request().headers;
  const std::string fault = body ? find_anthropic_fault(headers, *body) : std::string("the body is not JSON");
  if (!fault.empty()) {
    co_await fail_with(exchange, 400, fault, -1);
    co_return;
  }
  const auto text = last_turn_text(*body);
  if (const auto delay = number_directive(text, "delay", 0); delay > 0) {
    auto slept = co_await io::sleep_for(Duration(delay));
    if (!slept || exchange.is_client_gone()) co_return;
  }
  const bool is_over = co_await has_failed(exchange, text);
  if (is_over) co_return;
  const auto script = read_script(headers, *body, text);
  if (script.is_streamed) {
    co_await stream(exchange, script);
  } else {
    co_await answer(exchange, script);
  }
}

io::Task<void> ScriptedAnthropic::answer(io::http::Exchange& exchange, const Script& script) {
  const auto completion = script.tokens + script.thinking_tokens();
  charge_({script.id, script.prompt, script.cached, completion});
  auto message = script.message(script.content());
  message["stop_reason"] = script.stop;
  if (script.stop == "stop_sequence") message["stop_sequence"] = "END";
  if (!script.no_usage) message["usage"] = script.usage(completion);
  auto response = json_response(200, message);
  response.headers.set("request-id", "req_" + script.id);
  auto sent = co_await exchange.send(std::move(response));
  (void)sent;
}

/// Everything before the first word: the head of the message, thinking, a search.
std::string ScriptedAnthropic::opening(const Script& script, std::int64_t& index) {
  auto begun = script.message({});
  if (!script.no_usage) begun["usage"] = script.usage(1);
  std::string text = event_text("message_start", {{"message", std::move(begun)}}) + event_text("ping", {});
  if (!script.think.empty()) {
    text += start_text(index, {{"type", "thinking"}, {"thinking", ""}, {"signature", ""}});
    text += delta_text(index, {{"type", "thinking_delta"}, {"thinking", script.think}});
    text += delta_text(index, {{"type", "signature_delta"}, {"signature", signature}}) + stop_text(index);
  }
  if (script.has_search) {
    for (auto& block : search_blocks()) {
      auto& object = block.get_object();
      const auto* input = find_member(object, "input");
      const std::string pieces = input == nullptr ? "" : json::serialize(*input);
      if (input != nullptr) object["input"] = json::object();
      text += start_text(index, std::move(object));
      if (!pieces.empty()) text += delta_text(index, {{"type", "input_json_delta"}, {"partial_json", pieces}});
      text += stop_text(index);
    }
  }
  return text + start_text(index, {{"type", "text"}, {"text", ""}});
}

/// Everything behind the last word.
std::string ScriptedAnthropic::ending(const Script& script, std::int64_t index) {
  std::string text;
  if (!script.cite.empty()) {
    text += delta_text(index, {{"type", "citations_delta"}, {"citation", citation_of(script.cite)}});
  }
  text += stop_text(index);
  if (script.has_tool) {
    text += start_text(index, tool_block({}));
    for (const char* piece : {"", "{\"city\":", "\"Bern\"}"}) {
      text += delta_text(index, {{"type", "input_json_delta"}, {"partial_json", piece}});
    }
    text += stop_text(index);
  }
  json::object delta{{"stop_reason", script.stop}, {"stop_sequence", nullptr}};
  if (script.stop == "stop_sequence") delta["stop_sequence"] = "END";
  json::object last{{"delta", std::move(delta)}};
  if (!script.no_usage) last["usage"] = script.usage(script.tokens + script.thinking_tokens());
  text += event_text("message_delta", std::move(last));
  if (!script.no_done) text += event_text("message_stop", {});
  return text;
}

io::Task<void> ScriptedAnthropic::stream(io::http::Exchange& exchange, const Script& script) {
  io::http::Response head;
  head.headers.set("Content-Type", "text/event-stream; charset=utf-8");
  head.headers.set("request-id", "req_" + script.id);
  std::int64_t index = 0;
  auto written = co_await exchange.start_stream(std::move(head));
  if (written) written = co_await exchange.write(opening(script, index));
  std::int64_t said = 0;
  for (std::size_t start = 0; start < script.say.size() && written && !exchange.is_client_gone(); ++said) {
    if (said == script.cut || said == script.error_after) {
      charge_({script.id, script.prompt, script.cached, said + script.thinking_tokens()});
      if (said == script.cut) {
        exchange.abort();
        co_return;
      }
      json::object error{{"type", "overloaded_error"}, {"message", "Overloaded"}};
      written = co_await exchange.write(event_text("error", {{"error", std::move(error)}}));
      if (written) written = co_await exchange.finish_stream();
      co_return;
    }
    if (script.interval > 0) {
      auto slept = co_await io::sleep_for(Duration(script.interval));
      if (!slept || exchange.is_client_gone()) break;
    }
    const auto space = script.say.find(' ', start);
    const auto end = space == std::string::npos ? script.say.size() : space + 1;
    const auto word = script.say.substr(start, end - start);
    written = co_await exchange.write(delta_text(index, {{"type", "text_delta"}, {"text", word}}));
    start = end;
  }
  const bool is_whole = written && !exchange.is_client_gone();
  charge_({script.id, script.prompt, script.cached, (is_whole ? script.tokens : said) + script.thinking_tokens()});
  if (!is_whole) co_return;
  written = co_await exchange.write(ending(script, index));
  if (written) written = co_await exchange.finish_stream();
}

}  // namespace millwright::test
