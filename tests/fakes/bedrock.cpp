#include "tests/fakes/bedrock.hpp"

#include <array>

#include "base/id.hpp"
#include "tests/fakes/directives.hpp"

namespace millwright::test {

/// What one request asks the fake to do.
struct ScriptedBedrock::Script {
  std::string id = Id::generate().text(), say, think, latency, stop = "end_turn";
  bool no_usage = false, has_tool = false, is_flipped = false;
  std::int64_t tokens = 12, interval = 0, cut = -1, error_after = -1, cached = 0, written = 0, written_1h = 0,
               prompt = 0;

  [[nodiscard]] std::int64_t thinking_tokens() const { return static_cast<std::int64_t>((think.size() + 3) / 4); }
  [[nodiscard]] json::object usage() const;
  [[nodiscard]] json::object about() const;
  [[nodiscard]] json::array content() const;
  [[nodiscard]] std::string opening() const;
  [[nodiscard]] std::string ending() const;
};

namespace {

constexpr std::string_view signature = "EqQBCgIYAhIM/scripted+signature==";

/// Texts of the last user turn, joined.
std::string last_user_text(const json::object& body) {
  const auto* messages = find_member(body, "messages");
  if (messages == nullptr || !messages->is_array()) return {};
  const auto& list = messages->get_array();
  for (std::size_t i = list.size(); i-- > 0;) {
    const auto& turn = list[i].as_object();
    if (string_member(turn, "role") != "user") continue;
    std::string text;
    for (const auto& block : turn.at("content").as_array()) text += string_member(block.as_object(), "text");
    return text;
  }
  return {};
}

/// Deterministic words of four bytes, one a token.
std::string words(std::int64_t count) {
  static constexpr std::array<std::string_view, 8> list{"the ", "new ", "key ", "for ", "you ", "and ", "all ", "men "};
  std::string text;
  for (std::int64_t i = 0; i < count; ++i) text += list[static_cast<std::size_t>(i) % list.size()];
  if (!text.empty()) text.pop_back();
  return text;
}

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

bool ScriptedBedrock::fails_again(const std::string& text, std::int64_t times) {
  const std::scoped_lock lock(mutex_);
  return failures_[text]++ < times;
}

ScriptedBedrock::Script ScriptedBedrock::read_script(const io::http::Request& request, const json::object& body,
                                                     const std::string& text) {
  Script script;
  script.tokens = number_directive(text, "tokens", 12);
  const auto* config = find_member(body, "inferenceConfig");
  const auto* limit = config != nullptr ? find_member(config->as_object(), "maxTokens") : nullptr;
  if (limit != nullptr) script.tokens = std::min(script.tokens, limit->as_int64());
  script.interval = number_directive(text, "interval", 0);
  script.cut = number_directive(text, "cut", -1);
  script.error_after = number_directive(text, "error-after", -1);
  script.no_usage = has_directive(text, "no-usage");
  script.has_tool = has_directive(text, "tool");
  script.is_flipped = has_directive(text, "flip");
  if (script.has_tool) script.stop = "tool_use";
  for (const auto& [name, target] : {std::pair{"think", &script.think}, std::pair{"stop", &script.stop},
                                     std::pair{"latency", &script.latency}, std::pair{"say", &script.say}}) {
    if (std::string value; find_directive(text, name, value)) *target = value;
  }
  if (script.say.empty()) script.say = words(script.tokens);
  if (has_directive(text, "echo")) script.say = json::serialize(json::object{{"target", request.target}, {"body", body}});
  script.prompt = static_cast<std::int64_t>(json::serialize(body.at("messages")).size() / 4) + 3;
  script.cached = std::min(number_directive(text, "cached", 0), script.prompt);
  script.written = std::min(number_directive(text, "written", 0), script.prompt - script.cached);
  script.written_1h = std::min(number_directive(text, "written-1h", 0), script.prompt - script.cached - script.written);
  return script;
}

io::Task<bool> ScriptedBedrock::has_failed(io::http::Exchange& exchange, const std::string& text) {
  const auto status = number_directive(text, "status", 0);
  const auto fail_times = number_directive(text, "fail-times", 0);
  if (fail_times > 0 ? fails_again(text, fail_times) : status >= 400) {
    auto type = type_of(status == 0 ? 500 : status);
    std::string message = "scripted failure";
    for (const auto& [name, target] : {std::pair{"type", &type}, std::pair{"message", &message}}) {
      if (std::string value; find_directive(text, name, value)) *target = value;
    }
    co_await refuse(exchange, status == 0 ? 500 : status, type, message, number_directive(text, "retry-after", -1));
    co_return true;
  }
  if (has_directive(text, "cut-head")) {
    exchange.abort();
    co_return true;
  }
  const bool is_garbage = has_directive(text, "garbage");
  if (!is_garbage && !has_directive(text, "error-in-200")) co_return false;
  auto sent = co_await exchange.send(
      json_response(200, is_garbage ? "<html>502 not json" : R"({"Output":{"__type":"com.amazon.coral.service#InternalFailure"},"Version":"1.0"})"));
  (void)sent;
  co_return true;
}

io::Task<void> ScriptedBedrock::handle(io::http::Exchange& exchange) {
  const auto& request = exchange.request();
  const auto body = parse_json_object(request.body).value_or(json::object());
  const auto text = last_user_text(body);
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
