#include "tests/fakes/cohere.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/id.hpp"
#include "io/sse/sse.hpp"
#include "tests/fakes/directives.hpp"

namespace millwright::test {

struct ScriptedCohere::Script {
  std::string id, text, say;
  bool is_streamed = false, is_cut = false;
  std::int64_t prompt = 0, tokens = 12;
  [[nodiscard]] std::int64_t number(std::string_view name, std::int64_t otherwise = -1) const {
    return number_directive(text, name, otherwise);
  }
  [[nodiscard]] bool has(std::string_view name) const { return has_directive(text, name); }
  [[nodiscard]] std::string_view finish() const {
    if (has("gave-up")) return "ERROR";
    return has("tool") ? "TOOL_CALL" : is_cut ? "MAX_TOKENS" : "COMPLETE";
  }
  /// The real one counts more tokens than it bills: its own instructions are free.
  [[nodiscard]] json::object usage(std::int64_t count) const {
    return {{"billed_units", json::object{{"input_tokens", prompt}, {"output_tokens", count}}},
            {"tokens", json::object{{"input_tokens", prompt + 500}, {"output_tokens", count + 2}}}};
  }
};

namespace {

constexpr std::array<std::string_view, 8> list_of_words{"the", "answer", "is", "in", "your", "manual", "page", "two"};

std::vector<std::string> words(std::int64_t count, const std::string& say) {
  if (!say.empty()) return {say};
  std::vector<std::string> out;
  for (std::int64_t i = 0; i < count; ++i) {
    out.push_back((i == 0 ? "" : " ") + std::string(list_of_words[static_cast<std::size_t>(i) % list_of_words.size()]));
  }
  return out;
}

io::Task<void> send_json(io::http::Exchange& exchange, std::uint16_t status, json::object body) {
  io::http::Response response;
  response.status = status;
  response.headers.set("Content-Type", "application/json");
  response.body = json::serialize(body);
  auto sent = co_await exchange.send(std::move(response));
  (void)sent;
}

std::string text_of(const json::value& content) {
  if (content.is_string()) return std::string(content.get_string());
  std::string text;
  if (!content.is_array()) return text;
  for (const auto& part : content.get_array()) text += string_member(part.get_object(), "text");
  return text;
}

/// What the real API would refuse, or nothing.
std::string fault_of(const json::object& body) {
  constexpr auto known = std::to_array<std::string_view>({"model",
                                                          "messages",
                                                          "stream",
                                                          "tools",
                                                          "tool_choice",
                                                          "strict_tools",
                                                          "documents",
                                                          "citation_options",
                                                          "response_format",
                                                          "safety_mode",
                                                          "max_tokens",
                                                          "stop_sequences",
                                                          "temperature",
                                                          "seed",
                                                          "frequency_penalty",
                                                          "presence_penalty",
                                                          "k",
                                                          "p",
                                                          "logprobs",
                                                          "thinking"});
  for (const auto& [name, value] : body) {
    if (std::ranges::find(known, std::string_view(name)) == known.end())
      return "unknown field: parameter '" + std::string(name) + "'";
  }
  const auto* messages = find_member(body, "messages");
  if (messages == nullptr || !messages->is_array() || messages->get_array().empty()) return "messages are missing";
  return {};
}

json::object call_of() {
  return {{"id", "lookup_1"},
          {"type", "function"},
          {"function", json::object{{"name", "lookup"}, {"arguments", "{\"city\":\"Bern\"}"}}}};
}

json::object citation() {
  json::object document{{"title", "Manual"}, {"url", "https://example.com/manual"}};
  json::object source{{"type", "document"}, {"id", "d1"}, {"document", std::move(document)}};
  return {{"start", 0}, {"end", 3}, {"text", "the"}, {"sources", json::array{std::move(source)}}};
}

std::string event_of(std::string_view type, json::object members) {
  members["type"] = type;
  std::string event;
  io::sse::append_event(event, type, json::serialize(members));
  return event;
}

json::object delta_of(json::object message) { return {{"delta", json::object{{"message", std::move(message)}}}}; }

}  // namespace

io::Task<void> ScriptedCohere::handle(io::http::Exchange& exchange) {
  const auto& request = exchange.request();
  auto body = parse_json_object(request.body);
  if (!request.headers.find("authorization").starts_with("Bearer ") || !body) {
    co_await send_json(exchange, body ? 401 : 400, {{"message", body ? "no api key supplied" : "invalid json"}});
    co_return;
  }
  if (request.path == "/v2/embed") {
    co_await embed(exchange, *body);
    co_return;
  }
  if (request.path == "/v2/rerank") {
    co_await rerank(exchange, *body);
    co_return;
  }
  if (auto fault = fault_of(*body); !fault.empty()) {
    co_await send_json(exchange, 422, {{"message", fault}});
    co_return;
  }
  Script script;
  script.id = "coh-" + Id::generate().text();
  const auto& messages = body->at("messages").get_array();
  for (const auto& message : messages) {
    const auto* content = find_member(message.get_object(), "content");
    if (string_member(message.get_object(), "role") == "user" && content != nullptr) script.text = text_of(*content);
  }
  const auto* stream = find_member(*body, "stream");
  script.is_streamed = stream != nullptr && *stream == true;
  script.prompt = static_cast<std::int64_t>(json::serialize(messages).size() / 4) + 3;
  script.tokens = script.number("tokens", 12);
  if (const auto* limit = find_member(*body, "max_tokens"); limit != nullptr && limit->get_int64() < script.tokens) {
    script.is_cut = true;
    script.tokens = limit->get_int64();
  }
  if (std::string say; find_directive(script.text, "say", say)) script.say = say;
  if (script.has("echo")) script.say = json::serialize(*body);
  co_await chat(exchange, script);
}

bool ScriptedCohere::fails_now(const std::string& text) {
  const auto times = number_directive(text, "fail-times", 0);
  if (times == 0) return number_directive(text, "status", 0) >= 400;
  const std::scoped_lock lock(mutex_);
  return failures_[text]++ < times;
}

io::Task<void> ScriptedCohere::chat(io::http::Exchange& exchange, const Script& script) {
  if (fails_now(script.text)) {
    co_await send_json(exchange, static_cast<std::uint16_t>(script.number("status", 500)),
                       {{"message", "scripted failure"}});
  } else if (script.has("error-in-200")) {
    co_await send_json(exchange, 200, {{"id", script.id}, {"message", "scripted error under 200"}});
  } else if (script.is_streamed) {
    co_await stream(exchange, script);
  } else {
    std::string text;
    for (const auto& word : words(script.tokens, script.say)) text += word;
    json::object message{{"role", "assistant"}};
    if (script.has("tool")) {
      message["tool_plan"] = "I look it up.";
      message["tool_calls"] = json::array{call_of()};
    } else {
      message["content"] = json::array{json::object{{"type", "text"}, {"text", text}}};
      if (script.has("cite")) message["citations"] = json::array{citation()};
    }
    charge_({script.id, script.prompt, script.tokens, 0});
    json::object body{{"id", script.id}, {"finish_reason", script.finish()}, {"message", std::move(message)}};
    if (!script.has("no-usage")) body["usage"] = script.usage(script.tokens);
    co_await send_json(exchange, 200, std::move(body));
  }
}

io::Task<void> ScriptedCohere::stream(io::http::Exchange& exchange, const Script& script) {
  io::http::Response head;
  head.headers.set("Content-Type", "text/event-stream");
  auto written = co_await exchange.start_stream(std::move(head));
  if (written) written = co_await exchange.write(event_of("message-start", {{"id", script.id}}));
  if (script.has("tool") && written) {
    auto all = event_of("tool-plan-delta", delta_of({{"tool_plan", "I look it up."}}));
    json::object opening{
        {"id", "lookup_1"}, {"type", "function"}, {"function", json::object{{"name", "lookup"}, {"arguments", ""}}}};
    auto start = delta_of({{"tool_calls", std::move(opening)}});
    start["index"] = 0;
    all += event_of("tool-call-start", std::move(start));
    for (const char* piece : {"{\"city\"", ":\"Bern\"}"}) {
      auto more = delta_of({{"tool_calls", json::object{{"function", json::object{{"arguments", piece}}}}}});
      more["index"] = 0;
      all += event_of("tool-call-delta", std::move(more));
    }
    written = co_await exchange.write(all);
  }
  std::int64_t count = 0;
  const auto list = script.has("tool") ? std::vector<std::string>() : words(script.tokens, script.say);
  for (const auto& word : list) {
    if (!written) break;
    if (script.number("cut") == count) {
      charge_({script.id, script.prompt, count, 0});
      exchange.abort();
      co_return;
    }
    ++count;
    auto more = delta_of({{"content", json::object{{"text", word}}}});
    more["index"] = 0;
    written = co_await exchange.write(event_of("content-delta", std::move(more)));
  }
  if (!written) co_return;
  charge_({script.id, script.prompt, script.tokens, 0});
  if (script.has("cite"))
    written = co_await exchange.write(event_of("citation-start", delta_of({{"citations", citation()}})));
  json::object delta{{"finish_reason", script.finish()}};
  if (!script.has("no-usage")) delta["usage"] = script.usage(script.tokens);
  if (written && !script.has("no-done"))
    written = co_await exchange.write(event_of("message-end", {{"delta", std::move(delta)}}));
  if (written) written = co_await exchange.finish_stream();
}

io::Task<void> ScriptedCohere::embed(io::http::Exchange& exchange, const json::object& body) {
  const auto* texts = find_member(body, "texts");
  const bool is_good = texts != nullptr && texts->is_array() && texts->get_array().size() <= 96 &&
                       body.contains("input_type") && body.contains("embedding_types") && !body.contains("input") &&
                       !body.contains("dimensions");
  if (!is_good) {
    co_await send_json(exchange, 400, {{"message", "invalid request"}});
    co_return;
  }
  json::array vectors;
  std::int64_t tokens = 0;
  for (const auto& text : texts->get_array()) {
    const auto size = static_cast<std::int64_t>(text.get_string().size());
    tokens += size / 4 + 1;
    vectors.push_back(json::array{static_cast<double>(size) / 8, -0.5, 0.25});
  }
  const std::string first(texts->get_array().front().get_string());
  if (fails_now(first)) {
    co_await send_json(exchange, static_cast<std::uint16_t>(number_directive(first, "status", 500)),
                       {{"message", "scripted failure"}});
    co_return;
  }
  const auto id = "coh-" + Id::generate().text();
  charge_({id, tokens, 0, 0});
  json::object meta{{"billed_units", json::object{{"input_tokens", tokens}}}};
  co_await send_json(
      exchange, 200,
      {{"id", id}, {"embeddings", json::object{{"float", std::move(vectors)}}}, {"meta", std::move(meta)}});
}

io::Task<void> ScriptedCohere::rerank(io::http::Exchange& exchange, const json::object& body) {
  const auto* documents = find_member(body, "documents");
  const auto query = std::string(string_member(body, "query"));
  bool is_good = documents != nullptr && documents->is_array() && !query.empty() && !body.contains("return_documents");
  std::int64_t pieces = 0;
  json::array results;
  if (is_good) {
    for (const auto& document : documents->get_array()) {
      is_good = is_good && document.is_string();
      pieces += 1 + static_cast<std::int64_t>(document.is_string() ? document.get_string().size() / 2000 : 0);
      results.push_back(
          json::object{{"index", results.size()}, {"relevance_score", 1.0 / static_cast<double>(results.size() + 1)}});
    }
  }
  if (!is_good || fails_now(query)) {
    const auto status = is_good ? number_directive(query, "status", 500) : 422;
    co_await send_json(exchange, static_cast<std::uint16_t>(status),
                       {{"message", is_good ? "scripted failure" : "documents must be strings"}});
    co_return;
  }
  const auto id = "coh-" + Id::generate().text();
  const auto searches = (pieces + 99) / 100;
  charge_({id, 0, 0, searches});
  json::object meta{{"billed_units", json::object{{"search_units", searches}}}};
  co_await send_json(exchange, 200, {{"id", id}, {"results", std::move(results)}, {"meta", std::move(meta)}});
}

}  // namespace millwright::test
