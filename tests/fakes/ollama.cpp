#include "tests/fakes/ollama.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/id.hpp"
#include "tests/fakes/directives.hpp"

namespace millwright::test {

struct ScriptedOllama::Script {
  std::string text, model, say;
  bool is_streamed = true, thinks = false, is_cut = false;
  std::int64_t prompt = 0, tokens = 12;
  [[nodiscard]] std::int64_t number(std::string_view name, std::int64_t otherwise = -1) const {
    return number_directive(text, name, otherwise);
  }
  [[nodiscard]] bool has(std::string_view name) const { return has_directive(text, name); }
};

namespace {

std::vector<std::string> words(std::int64_t count, const std::string& say) {
  static constexpr std::array<std::string_view, 8> list{"the", "answer", "is", "in", "your", "manual", "page", "two"};
  if (!say.empty()) return {say};
  std::vector<std::string> out;
  for (std::int64_t i = 0; i < count; ++i) {
    out.push_back((i == 0 ? "" : " ") + std::string(list[static_cast<std::size_t>(i) % list.size()]));
  }
  return out;
}

io::Task<void> send_json(io::http::Exchange& exchange, std::uint16_t status, json::object body) {
  io::http::Response response;
  response.status = status;
  response.headers.set("Content-Type", "application/json; charset=utf-8");
  response.body = json::serialize(body);
  auto sent = co_await exchange.send(std::move(response));
  (void)sent;
}

/// What the real server would refuse, or nothing.
std::string fault_of(const json::object& body) {
  constexpr std::array<std::string_view, 9> known{"model",  "messages", "tools",      "format",      "options",
                                                  "stream", "think",    "keep_alive", "top_logprobs"};
  for (const auto& [name, value] : body) {
    if (std::ranges::find(known, std::string_view(name)) == known.end()) return "unknown field " + std::string(name);
  }
  const auto* messages = find_member(body, "messages");
  if (messages == nullptr || !messages->is_array()) return "messages is missing";
  for (const auto& message : messages->get_array()) {
    const auto* content = find_member(message.get_object(), "content");
    if (content == nullptr || !content->is_string()) return "json: cannot unmarshal content into a string";
    const auto* calls = find_member(message.get_object(), "tool_calls");
    if (calls == nullptr) continue;
    for (const auto& call : calls->get_array()) {
      if (!call.at("function").at("arguments").is_object()) return "json: cannot unmarshal arguments into an object";
    }
  }
  return {};
}

json::object line_of(const std::string& model, json::object message, bool is_done) {
  json::object full{{"role", "assistant"}, {"content", ""}};
  for (auto& [name, value] : message) full[name] = std::move(value);
  return {{"model", model}, {"created_at", "2026-07-01T00:00:00Z"}, {"message", std::move(full)}, {"done", is_done}};
}

json::object call_message() {
  json::object function{{"name", "lookup"}, {"arguments", json::object{{"city", "Bern"}}}};
  return {{"tool_calls", json::array{json::object{{"function", std::move(function)}}}}};
}

}  // namespace

io::Task<void> ScriptedOllama::handle(io::http::Exchange& exchange) {
  auto body = parse_json_object(exchange.request().body);
  if (!body) {
    co_await send_json(exchange, 400, {{"error", "bad JSON"}});
    co_return;
  }
  if (exchange.request().path == "/api/embed") {
    co_await embed(exchange, *body);
    co_return;
  }
  if (auto fault = fault_of(*body); !fault.empty()) {
    co_await send_json(exchange, 400, {{"error", fault}});
    co_return;
  }
  Script script;
  const auto& messages = body->at("messages").get_array();
  for (const auto& message : messages) {
    if (string_member(message.get_object(), "role") == "user")
      script.text = string_member(message.get_object(), "content");
  }
  script.model = string_member(*body, "model");
  const auto* stream = find_member(*body, "stream");
  script.is_streamed = stream == nullptr || *stream != false;
  const auto* think = find_member(*body, "think");
  script.thinks = script.has("think") && think != nullptr && *think != false;
  script.prompt = static_cast<std::int64_t>(json::serialize(messages).size() / 4) + 3;
  script.tokens = script.number("tokens", 12);
  if (const auto* options = find_member(*body, "options"); options != nullptr) {
    const auto* limit = find_member(options->get_object(), "num_predict");
    script.is_cut = limit != nullptr && limit->get_int64() < script.tokens;
    if (script.is_cut) script.tokens = limit->get_int64();
  }
  if (std::string say; find_directive(script.text, "say", say)) script.say = say;
  if (script.has("echo")) script.say = json::serialize(*body);
  co_await chat(exchange, script);
}

bool ScriptedOllama::fails_now(const Script& script) {
  const auto times = script.number("fail-times", 0);
  if (times == 0) return script.number("status", 0) >= 400;
  const std::scoped_lock lock(mutex_);
  return failures_[script.text]++ < times;
}

io::Task<void> ScriptedOllama::chat(io::http::Exchange& exchange, const Script& script) {
  if (fails_now(script)) {
    co_await send_json(exchange, static_cast<std::uint16_t>(script.number("status", 500)),
                       {{"error", "scripted failure"}});
  } else if (script.has("cut-head")) {
    exchange.abort();
  } else if (script.has("error-in-200")) {
    co_await send_json(exchange, 200, {{"error", "scripted error under 200"}});
  } else if (script.is_streamed) {
    co_await stream(exchange, script);
  } else {
    json::object message;
    std::string text;
    for (const auto& word : words(script.tokens, script.say)) text += word;
    if (script.thinks) message["thinking"] = "let me think";
    message["content"] = text;
    if (script.has("tool")) message = call_message();
    charge_("oll-" + Id::generate().text(), script.prompt, script.tokens);
    auto body = line_of(script.model, std::move(message), true);
    body["done_reason"] = script.is_cut ? "length" : "stop";
    if (!script.has("no-usage")) {
      body["prompt_eval_count"] = script.prompt;
      body["eval_count"] = script.tokens;
    }
    co_await send_json(exchange, 200, std::move(body));
  }
}

io::Task<void> ScriptedOllama::stream(io::http::Exchange& exchange, const Script& script) {
  io::http::Response head;
  head.headers.set("Content-Type", "application/x-ndjson");
  auto written = co_await exchange.start_stream(std::move(head));
  const auto line = [](const json::object& object) { return json::serialize(object) + "\n"; };
  if (written && script.thinks)
    written = co_await exchange.write(line(line_of(script.model, {{"thinking", "let me think"}}, false)));
  if (written && script.has("tool"))
    written = co_await exchange.write(line(line_of(script.model, call_message(), false)));
  std::int64_t count = 0;
  const auto list = script.has("tool") ? std::vector<std::string>() : words(script.tokens, script.say);
  for (const auto& word : list) {
    if (!written) break;
    if (script.number("cut") == count) {
      charge_("oll-" + Id::generate().text(), script.prompt, count);
      exchange.abort();
      co_return;
    }
    if (script.number("error-after") == count) {
      written = co_await exchange.write(line({{"error", "scripted error in the stream"}}));
      if (written) written = co_await exchange.finish_stream();
      co_return;
    }
    ++count;
    written = co_await exchange.write(line(line_of(script.model, {{"content", word}}, false)));
  }
  if (!written) co_return;
  charge_("oll-" + Id::generate().text(), script.prompt, script.tokens);
  auto last = line_of(script.model, {}, true);
  last["done_reason"] = script.is_cut ? "length" : "stop";
  if (!script.has("no-usage")) {
    last["prompt_eval_count"] = script.prompt;
    last["eval_count"] = script.tokens;
  }
  if (!script.has("no-done")) written = co_await exchange.write(line(last));
  if (written) written = co_await exchange.finish_stream();
}

io::Task<void> ScriptedOllama::embed(io::http::Exchange& exchange, const json::object& body) {
  const auto* input = find_member(body, "input");
  if (input == nullptr || !input->is_array() || body.contains("encoding_format")) {
    co_await send_json(exchange, 400, {{"error", "invalid input"}});
    co_return;
  }
  json::array vectors;
  std::int64_t tokens = 0;
  for (const auto& text : input->get_array()) {
    const auto size = static_cast<std::int64_t>(text.get_string().size());
    tokens += size / 4 + 1;
    vectors.push_back(json::array{static_cast<double>(size) / 8, -0.5, 0.25});
  }
  charge_("oll-" + Id::generate().text(), tokens, 0);
  co_await send_json(
      exchange, 200,
      {{"model", string_member(body, "model")}, {"embeddings", std::move(vectors)}, {"prompt_eval_count", tokens}});
}

}  // namespace millwright::test
