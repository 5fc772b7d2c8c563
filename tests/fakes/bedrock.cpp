#include "tests/fakes/bedrock.hpp"

#include "base/id.hpp"
#include "tests/fakes/directives.hpp"

namespace millwright::test {

/// What one request asks the fake to do.
struct ScriptedBedrock::Script : ModelScript {
  std::string id = Id::generate().text(), latency;
  bool is_flipped = false;

  [[nodiscard]] json::object usage() const;
  [[nodiscard]] json::object about() const;
  [[nodiscard]] json::array content() const;
  [[nodiscard]] std::string opening() const;
  [[nodiscard]] std::string ending() const;
};

namespace {

constexpr std::string_view signature = "EqQBCgIYAhIM/scripted+signature==";

io::http::Response json_response(std::uint16_t status, std::string body) {
  io::http::Response response;
  response.status = status;
  response.headers.set("Content-Type", "application/json");
  response.headers.set("x-amzn-RequestId", Id::generate().text());
  response.body = std::move(body);
  return response;
}

io::Task<void> refuse(io::http::Exchange& exchange, std::int64_t status, const std::string& type,
                      std::string_view message, std::int64_t retry_after = -1) {
  auto response = json_response(static_cast<std::uint16_t>(status), json::serialize(json::object{{"message", message}}));
  response.headers.set("x-amzn-ErrorType", type + ":http://internal.amazon.com/coral/com.amazon.bedrock/");
  if (retry_after >= 0) response.headers.set("retry-after", fmt::format("{}", retry_after));
  auto sent = co_await exchange.send(std::move(response));
  (void)sent;
}

std::string type_of(std::int64_t status) {
  switch (status) {
    case 400: return "ValidationException";
    case 403: return "AccessDeniedException";
    case 404: return "ResourceNotFoundException";
    case 408: return "ModelTimeoutException";
    case 424: return "ModelErrorException";
    case 429: return "ThrottlingException";
    case 503: return "ServiceUnavailableException";
    default: return "InternalServerException";
  }
}

std::string event(std::string_view type, json::object payload) {
  payload["p"] = "abcdefghijklm";
  return event_frame(
      {{":event-type", std::string(type)}, {":content-type", "application/json"}, {":message-type", "event"}},
      json::serialize(payload));
}

std::string delta(std::int64_t block, json::object value) {
  return event("contentBlockDelta", {{"contentBlockIndex", block}, {"delta", std::move(value)}});
}

std::string stop_of(std::int64_t block) { return event("contentBlockStop", {{"contentBlockIndex", block}}); }

void append_word(std::string& out, std::uint64_t value, int size) {
  while (size-- > 0) out += static_cast<char>(value >> 8 * size & 0xFF);
}

std::uint32_t checksum(std::string_view bytes) {
  std::uint32_t value = 0xFFFFFFFF;
  for (const char c : bytes) {
    value ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ ((value & 1) != 0 ? 0xEDB88320 : 0);
  }
  return ~value;
}

}  // namespace

std::string event_frame(const std::vector<std::pair<std::string, std::string>>& headers, std::string_view payload) {
  std::string block;
  for (const auto& [name, value] : headers) {
    append_word(block, name.size(), 1);
    block += name + '\x07';
    append_word(block, value.size(), 2);
    block += value;
  }
  std::string frame;
  append_word(frame, 16 + block.size() + payload.size(), 4);
  append_word(frame, block.size(), 4);
  append_word(frame, checksum(frame), 4);
  frame += block;
  frame += payload;
  append_word(frame, checksum(frame), 4);
  return frame;
}

json::object ScriptedBedrock::Script::usage() const {
  const auto completion = tokens + thinking_tokens();
  json::object usage{{"inputTokens", prompt - cached - written - written_1h},
                     {"outputTokens", completion},
                     {"totalTokens", prompt + completion},
                     {"cacheReadInputTokens", cached},
                     {"cacheWriteInputTokens", written + written_1h}};
  json::array details;
  if (written_1h > 0) details.push_back(json::object{{"ttl", "1h"}, {"inputTokens", written_1h}});
  if (written > 0) details.push_back(json::object{{"ttl", "5m"}, {"inputTokens", written}});
  if (!details.empty()) usage["cacheDetails"] = std::move(details);
  return usage;
}

json::object ScriptedBedrock::Script::about() const {
  json::object about{{"metrics", json::object{{"latencyMs", 7}}}};
  if (!no_usage) about["usage"] = usage();
  if (!latency.empty()) about["performanceConfig"] = json::object{{"latency", latency}};
  return about;
}

json::array ScriptedBedrock::Script::content() const {
  json::array blocks;
  if (!think.empty()) {
    json::object text{{"text", think}, {"signature", signature}};
    blocks.push_back(json::object{{"reasoningContent", json::object{{"reasoningText", std::move(text)}}}});
  }
  blocks.push_back(json::object{{"text", say}});
  if (has_tool) {
    json::object use{{"toolUseId", "tooluse_01"}, {"name", "lookup"}, {"input", json::object{{"city", "Bern"}}}};
    blocks.push_back(json::object{{"toolUse", std::move(use)}});
  }
  return blocks;
}

std::string ScriptedBedrock::Script::opening() const {
  auto text = event("messageStart", {{"role", "assistant"}});
  if (think.empty()) return text;
  text += delta(0, {{"reasoningContent", json::object{{"text", think}}}});
  return text + delta(0, {{"reasoningContent", json::object{{"signature", signature}}}}) + stop_of(0);
}

/// Everything behind the last word.
std::string ScriptedBedrock::Script::ending() const {
  auto text = stop_of(1);
  if (has_tool) {
    json::object use{{"toolUse", json::object{{"toolUseId", "tooluse_01"}, {"name", "lookup"}}}};
    text += event("contentBlockStart", {{"contentBlockIndex", 4}, {"start", std::move(use)}});
    for (const char* piece : {"", "{\"city\":", "\"Bern\"}"}) {
      text += delta(4, {{"toolUse", json::object{{"input", piece}}}});
    }
    text += stop_of(4);
  }
  text += event("messageStop", {{"stopReason", stop}});
  if (!no_usage) text += event("metadata", about());
  if (is_flipped) text.back() = static_cast<char>(text.back() ^ 1);
  return text;
}

ScriptedBedrock::Script ScriptedBedrock::read_script(const io::http::Request& request, const json::object& body,
                                                     const std::string& text) {
  const auto* config = find_member(body, "inferenceConfig");
  const auto* limit = config != nullptr ? find_member(config->as_object(), "maxTokens") : nullptr;
  Script script{read_model_script(body, text, limit == nullptr ? std::nullopt : std::optional(limit->as_int64()))};
  script.is_flipped = has_directive(text, "flip");
  (void)find_directive(text, "latency", script.latency);
  if (has_directive(text, "echo")) script.say = json::serialize(json::object{{"target", request.target}, {"body", body}});
  return script;
}

io::Task<bool> ScriptedBedrock::has_failed(io::http::Exchange& exchange, const std::string& text) {
  const auto failure = failures_.next(text);
  if (!failure) co_return false;
  if (failure->kind == ScriptedFailure::Kind::Status) {
    auto type = type_of(failure->status);
    std::string message = "scripted failure";
    (void)find_directive(text, "type", type);
    (void)find_directive(text, "message", message);
    co_await refuse(exchange, failure->status, type, message, failure->retry_after);
    co_return true;
  }
  if (failure->kind == ScriptedFailure::Kind::CutHead) {
    exchange.abort();
    co_return true;
  }
  const bool is_garbage = failure->kind == ScriptedFailure::Kind::Garbage;
  auto sent = co_await exchange.send(
      json_response(200, is_garbage ? "<html>502 not json" : R"({"Output":{"__type":"com.amazon.coral.service#InternalFailure"},"Version":"1.0"})"));
  (void)sent;
  co_return true;
}

io::Task<void> ScriptedBedrock::handle(io::http::Exchange& exchange) {
  const auto& request = exchange.request();
  const auto body = parse_json_object(request.body).value_or(json::object());
  const auto text = last_turn_text(body);
  const auto now = system_clock().now() + (has_directive(text, "skew") ? std::chrono::minutes(10) : std::chrono::minutes(0));
  if (const auto refusal = find_aws_refusal(request, now); !refusal.type.empty()) {
    co_await refuse(exchange, 403, refusal.type, refusal.message);
    co_return;
  }
  if (request.path.ends_with("/invoke")) {
    co_await embed(exchange, body);
    co_return;
  }
  if (const auto fault = find_bedrock_fault(body); !fault.empty()) {
    co_await refuse(exchange, 400, "ValidationException", fault);
    co_return;
  }
  if (const auto delay = number_directive(text, "delay", 0); delay > 0) {
    auto slept = co_await io::sleep_for(Duration(delay));
    if (!slept || exchange.is_client_gone()) co_return;
  }
  const bool is_over = co_await has_failed(exchange, text);
  if (is_over) co_return;
  const auto script = read_script(request, body, text);
  if (request.path.ends_with("/converse-stream")) {
    co_await stream(exchange, script);
  } else {
    co_await answer(exchange, script);
  }
}

io::Task<void> ScriptedBedrock::answer(io::http::Exchange& exchange, const Script& script) {
  charge_({script.id, script.prompt, script.cached, script.tokens + script.thinking_tokens()});
  json::object message{{"role", "assistant"}, {"content", script.content()}};
  json::object body{{"output", json::object{{"message", std::move(message)}}}, {"stopReason", script.stop}};
  for (auto& member : script.about()) body.emplace(member.key(), member.value());
  auto sent = co_await exchange.send(json_response(200, json::serialize(body)));
  (void)sent;
}

io::Task<void> ScriptedBedrock::embed(io::http::Exchange& exchange, const json::object& body) {
  std::int64_t tokens = 0;
  json::object answer;
  if (const auto text = string_member(body, "inputText"); !text.empty()) {
    tokens = static_cast<std::int64_t>(text.size() / 4) + 1;
    answer = {{"embedding", json::array{0.5, -0.25}}, {"inputTextTokenCount", tokens}};
  } else {
    json::array vectors;
    for (const auto& each : body.at("texts").as_array()) {
      tokens += static_cast<std::int64_t>(each.as_string().size() / 4) + 1;
      vectors.push_back(json::array{0.5, -0.25});
    }
    answer = {{"embeddings", std::move(vectors)}, {"response_type", "embeddings_floats"}};
  }
  charge_({Id::generate().text(), tokens, 0, 0});
  auto response = json_response(200, json::serialize(answer));
  response.headers.set("X-Amzn-Bedrock-Input-Token-Count", fmt::format("{}", tokens));
  auto sent = co_await exchange.send(std::move(response));
  (void)sent;
}

io::Task<void> ScriptedBedrock::stream(io::http::Exchange& exchange, const Script& script) {
  io::http::Response head;
  head.headers.set("Content-Type", "application/vnd.amazon.eventstream");
  head.headers.set("x-amzn-RequestId", script.id);
  auto written = co_await exchange.start_stream(std::move(head));
  if (written) written = co_await exchange.write(script.opening());
  std::int64_t said = 0;
  for (std::size_t start = 0; start < script.say.size() && written && !exchange.is_client_gone(); ++said) {
    if (said == script.cut || said == script.error_after) {
      if (said > 0) charge_({script.id, script.prompt, script.cached, said + script.thinking_tokens()});
      if (said == script.cut) {
        exchange.abort();
        co_return;
      }
      written = co_await exchange.write(
          event_frame({{":exception-type", "modelStreamErrorException"}, {":message-type", "exception"}},
                      R"({"message":"scripted exception in the stream"})"));
      if (written) written = co_await exchange.finish_stream();
      co_return;
    }
    if (script.interval > 0) {
      auto slept = co_await io::sleep_for(Duration(script.interval));
      if (!slept || exchange.is_client_gone()) break;
    }
    const auto space = script.say.find(' ', start);
    const auto end = space == std::string::npos ? script.say.size() : space + 1;
    written = co_await exchange.write(delta(1, {{"text", script.say.substr(start, end - start)}}));
    start = end;
  }
  const bool is_whole = written && !exchange.is_client_gone();
  charge_({script.id, script.prompt, script.cached, (is_whole ? script.tokens : said) + script.thinking_tokens()});
  if (!is_whole) co_return;
  written = co_await exchange.write(script.ending());
  if (written) written = co_await exchange.finish_stream();
}

}  // namespace millwright::test
