#include "tests/fakes/gemini.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/id.hpp"
#include "io/sse/sse.hpp"
#include "tests/fakes/directives.hpp"

namespace millwright::test {

struct ScriptedGemini::Script {
  std::string id, text, model, say, finish, block, text_key, echo;
  bool is_streamed = false, is_valid = false, shows_thoughts = false, has_cap = false;
  std::int64_t prompt = 0, cached = 0, tokens = 12, thoughts = 0;

  [[nodiscard]] std::int64_t number(std::string_view name, std::int64_t otherwise = -1) const {
    return number_directive(text, name, otherwise);
  }
  [[nodiscard]] bool has(std::string_view name) const { return has_directive(text, name); }
  [[nodiscard]] GeminiBill bill(std::int64_t answer_tokens) const {
    return {id, prompt, cached, answer_tokens + thoughts};
  }
};

namespace {

/// Text of the last content of the user that says something.
std::string last_user_text(const json::object& body) {
  const auto* contents = find_member(body, "contents");
  if (contents == nullptr || !contents->is_array()) return {};
  const auto& list = contents->get_array();
  for (std::size_t i = list.size(); i-- > 0;) {
    if (!list[i].is_object() || string_member(list[i].get_object(), "role") != "user") continue;
    const auto* parts = find_member(list[i].get_object(), "parts");
    std::string text;
    if (parts != nullptr && parts->is_array()) {
      for (const auto& part : parts->get_array()) {
        if (part.is_object()) text += string_member(part.get_object(), "text");
      }
    }
    if (!text.empty()) return text;
  }
  return {};
}

/// One word a token, each but the first with the space before it.
std::vector<std::string> words(std::int64_t count, std::string_view say) {
  static constexpr std::array<std::string_view, 8> list{"the", "answer", "is", "in", "your", "manual", "page", "two"};
  std::vector<std::string> out;
  if (!say.empty()) return {std::string(say)};
  for (std::int64_t i = 0; i < count; ++i) {
    out.push_back((i == 0 ? "" : " ") + std::string(list[static_cast<std::size_t>(i) % list.size()]));
  }
  return out;
}

json::object usage_of(const GeminiBill& bill, std::int64_t thoughts) {
  json::object usage{{"promptTokenCount", bill.prompt}, {"candidatesTokenCount", bill.completion - thoughts}};
  if (bill.cached > 0) usage["cachedContentTokenCount"] = bill.cached;
  if (thoughts > 0) usage["thoughtsTokenCount"] = thoughts;
  usage["totalTokenCount"] = bill.prompt + bill.completion;
  return usage;
}

json::object google_error(std::int64_t status, std::int64_t retry_after) {
  std::string_view word = "INTERNAL";
  if (status == 400) word = "INVALID_ARGUMENT";
  if (status == 401) word = "UNAUTHENTICATED";
  if (status == 403) word = "PERMISSION_DENIED";
  if (status == 404) word = "NOT_FOUND";
  if (status == 429) word = "RESOURCE_EXHAUSTED";
  if (status == 503) word = "UNAVAILABLE";
  json::object error{{"code", status}, {"message", fmt::format("scripted failure {}", status)}, {"status", word}};
  if (retry_after >= 0) {
    error["details"] = json::array{json::object{{"@type", "type.googleapis.com/google.rpc.RetryInfo"},
                                                {"retryDelay", fmt::format("{}s", retry_after)}}};
  }
  return {{"error", std::move(error)}};
}

io::Task<void> send_json(io::http::Exchange& exchange, std::uint16_t status, json::value body) {
  io::http::Response response;
  response.status = status;
  response.headers.set("Content-Type", "application/json; charset=UTF-8");
  response.body = json::serialize(body);
  auto sent = co_await exchange.send(std::move(response));
  (void)sent;
}

/// One response; `parts` may be empty, `finish` too.
json::object response_of(const std::string& id, const std::string& model, json::array parts, std::string_view finish) {
  json::object candidate{{"content", json::object{{"parts", std::move(parts)}, {"role", "model"}}}};
  if (!finish.empty()) candidate["finishReason"] = finish;
  candidate["index"] = 0;
  return {{"candidates", json::array{std::move(candidate)}}, {"modelVersion", model}, {"responseId", id}};
}

json::object call_part() {
  return {{"functionCall", json::object{{"name", "lookup"}, {"args", json::object{{"city", "Bern"}}}}},
          {"thoughtSignature", "c2lnbmF0dXJl"}};
}

std::string event_of(const json::object& body) {
  std::string event;
  io::sse::append_event(event, {}, json::serialize(body));
  return event;
}

}  // namespace

bool ScriptedGemini::is_path(std::string_view path) {
  return path.ends_with(":generateContent") || path.ends_with(":streamGenerateContent");
}

ScriptedGemini::Script ScriptedGemini::read_script(const json::object& body, std::string_view path) {
  Script script;
  script.id = "gem-" + Id::generate().text();
  script.text = script.text_key = last_user_text(body);
  script.is_streamed = path.ends_with(":streamGenerateContent");
  const auto model = path.substr(path.rfind('/') + 1);
  script.model = model.substr(0, model.rfind(':'));
  const auto* contents = find_member(body, "contents");
  script.is_valid = contents != nullptr && contents->is_array() && !contents->get_array().empty() &&
                    !body.contains("messages") && !body.contains("model");
  script.tokens = script.number("tokens", 12);
  script.thoughts = script.number("thoughts", 0);
  script.prompt = contents == nullptr ? 0 : static_cast<std::int64_t>(json::serialize(*contents).size() / 4) + 3;
  script.cached = std::min(script.number("cached", 0), script.prompt);
  const auto* config = find_member(body, "generationConfig");
  if (config != nullptr && config->is_object()) {
    const auto* limit = find_member(config->get_object(), "maxOutputTokens");
    script.has_cap = limit != nullptr && limit->is_int64() && limit->get_int64() < script.tokens;
    if (script.has_cap) script.tokens = limit->get_int64();
    const auto* thinking = find_member(config->get_object(), "thinkingConfig");
    script.shows_thoughts =
        thinking != nullptr && thinking->is_object() && thinking->get_object().contains("includeThoughts");
  }
  find_directive(script.text, "say", script.say);
  find_directive(script.text, "block", script.block);
  if (!find_directive(script.text, "finish", script.finish)) script.finish = script.has_cap ? "MAX_TOKENS" : "STOP";
  if (script.has("echo")) script.say = json::serialize(body);
  return script;
}

bool ScriptedGemini::fails_now(const Script& script) {
  const auto times = script.number("fail-times", 0);
  if (times == 0) return script.number("status", 0) >= 400;
  const std::scoped_lock lock(mutex_);
  return failures_[script.text_key]++ < times;
}

io::Task<void> ScriptedGemini::handle(io::http::Exchange& exchange) {
  const auto& request = exchange.request();
  auto body = parse_json_object(request.body);
  const auto script = body ? read_script(*body, request.path) : Script{};
  std::string revoked;
  find_directive(script.text, "revoked", revoked);
  const auto token = request.headers.find("authorization");
  const bool is_known =
      request.headers.has("x-goog-api-key") || (token.starts_with("Bearer ya29.") && token.substr(7) != revoked);
  if (!is_known || !script.is_valid) {
    co_await send_json(exchange, is_known ? 400 : 401, google_error(is_known ? 400 : 401, -1));
    co_return;
  }
  if (const auto delay = script.number("delay", 0); delay > 0) {
    auto slept = co_await io::sleep_for(Duration(delay));
    if (!slept || exchange.is_client_gone()) co_return;
  }
  co_await answer(exchange, script);
}

io::Task<void> ScriptedGemini::answer(io::http::Exchange& exchange, const Script& script) {
  if (fails_now(script)) {
    const auto status = script.number("status", 500);
    co_await send_json(exchange, static_cast<std::uint16_t>(status),
                       google_error(status, script.number("retry-after")));
  } else if (script.has("cut-head")) {
    exchange.abort();
  } else if (script.has("error-in-200")) {
    co_await send_json(exchange, 200, google_error(500, -1));
  } else if (script.has("garbage")) {
    io::http::Response response;
    response.headers.set("Content-Type", "application/json");
    response.body = "<html>502 not json";
    auto sent = co_await exchange.send(std::move(response));
    (void)sent;
  } else if (script.is_streamed && !script.has("no-sse")) {
    co_await stream(exchange, script);
  } else {
    auto bill = script.bill(script.block.empty() ? script.tokens : 0);
    charge_(bill);
    auto body = whole_answer(script);
    if (!script.has("no-usage")) body["usageMetadata"] = usage_of(bill, script.thoughts);
    json::value shown(std::move(body));
    if (script.is_streamed) shown = json::array{std::move(shown)};
    co_await send_json(exchange, 200, std::move(shown));
  }
}

json::object ScriptedGemini::whole_answer(const Script& script) {
  if (!script.block.empty()) {
    return {{"promptFeedback", json::object{{"blockReason", script.block}}}, {"responseId", script.id}};
  }
  json::array parts;
  if (script.shows_thoughts) parts.push_back(json::object{{"text", "let me think"}, {"thought", true}});
  std::string text;
  for (const auto& word : words(script.tokens, script.say)) text += word;
  if (script.has("tool"))
    parts.push_back(call_part());
  else if (script.finish != "MALFORMED_FUNCTION_CALL")
    parts.push_back(json::object{{"text", text}});
  return response_of(script.id, script.model, std::move(parts), script.finish);
}

bool ScriptedGemini::breaks_at(const Script& script, std::int64_t count) {
  return std::ranges::any_of(std::array{"cut", "stall", "error-after", "stray-error"},
                             [&](const char* name) { return script.number(name) == count; });
}

io::Task<void> ScriptedGemini::break_stream(io::http::Exchange& exchange, const Script& script, std::int64_t written) {
  if (script.number("stall") == written) {
    exchange.on_client_gone([] {});  // makes the server watch for it
    for (int i = 0; i < 500 && !exchange.is_client_gone(); ++i) {
      auto slept = co_await io::sleep_for(Duration(20));
      if (!slept) break;
    }
  }
  charge_(script.bill(written));
  const bool is_event = script.number("error-after") == written, is_stray = script.number("stray-error") == written;
  if (!is_event && !is_stray) {
    exchange.abort();
    co_return;
  }
  const auto error = google_error(503, -1);
  auto sent = co_await exchange.write(is_event ? event_of(error) : json::serialize(error) + "\n");
  if (sent) sent = co_await exchange.finish_stream();
}

io::Task<void> ScriptedGemini::stream(io::http::Exchange& exchange, const Script& script) {
  io::http::Response head;
  head.headers.set("Content-Type", "text/event-stream");
  auto started = co_await exchange.start_stream(std::move(head));
  if (!started) co_return;
  std::int64_t count = 0;
  const auto event = [&](json::array parts, std::string_view finish) {
    auto body = response_of(script.id, script.model, std::move(parts), finish);
    if (!script.has("no-usage")) body["usageMetadata"] = usage_of(script.bill(count), script.thoughts);
    return event_of(body);
  };
  Result<void> written;
  if (script.shows_thoughts) {
    json::array thoughts;
    thoughts.push_back(json::object{{"text", "let me think"}, {"thought", true}});
    written = co_await exchange.write(event(std::move(thoughts), {}));
  }
  const auto list = script.has("tool") ? std::vector<std::string>() : words(script.tokens, script.say);
  for (const auto& word : list) {
    if (!written) break;
    if (breaks_at(script, count)) {
      co_await break_stream(exchange, script, count);
      co_return;
    }
    if (const auto interval = script.number("interval", 0); interval > 0) {
      auto slept = co_await io::sleep_for(Duration(interval));
      if (!slept) co_return;
    }
    ++count;
    json::array parts;
    parts.push_back(json::object{{"text", word}});
    written = co_await exchange.write(event(std::move(parts), {}));
  }
  if (!written) {
    charge_(script.bill(count));
    co_return;
  }
  count = script.tokens;
  charge_(script.bill(count));
  json::array parts;
  if (script.has("tool"))
    parts.push_back(call_part());
  else
    parts.push_back(json::object{{"text", ""}});
  written = co_await exchange.write(event(std::move(parts), script.has("no-done") ? "" : script.finish));
  if (written) written = co_await exchange.finish_stream();
}

}  // namespace millwright::test
