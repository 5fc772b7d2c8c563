#include "tests/fakes/azure.hpp"

#include <array>

#include "base/id.hpp"
#include "io/sse/sse.hpp"
#include "tests/fakes/directives.hpp"

namespace millwright::test {

/// What one request asks the fake to do.
struct ScriptedAzure::Script {
  std::string id = "chatcmpl-" + Id::generate().text(), text, say;
  bool is_streamed = false, wants_usage = false, no_usage = false, has_tool = false, is_filtered = false,
       is_async = false;
  std::int64_t status = 0, retry_ms = -1, tokens = 12, interval = 0, cut = -1, error_after = -1, cached = 0,
               fail_times = 0, prompt = 0;

  [[nodiscard]] json::object frame(std::string_view object) const;
  [[nodiscard]] json::object usage() const;
  [[nodiscard]] std::string chunk(json::object delta, json::value finish) const;
};

namespace {

std::string last_user_text(const json::object& body) {
  const auto* messages = find_member(body, "messages");
  if (messages == nullptr || !messages->is_array()) return {};
  const auto& list = messages->get_array();
  for (std::size_t i = list.size(); i-- > 0;) {
    if (string_member(list[i].as_object(), "role") == "user") return std::string(string_member(list[i].as_object(), "content"));
  }
  return {};
}

/// Deterministic words of four bytes, one a token.
std::string words(std::int64_t count) {
  static constexpr std::array<std::string_view, 4> list{"the ", "new ", "key ", "for "};
  std::string text;
  for (std::int64_t i = 0; i < count; ++i) text += list[static_cast<std::size_t>(i) % list.size()];
  if (!text.empty()) text.pop_back();
  return text;
}

json::object safe() { return {{"hate", json::object{{"filtered", false}, {"severity", "safe"}}}}; }

json::array prompt_verdicts() { return {json::object{{"prompt_index", 0}, {"content_filter_results", safe()}}}; }

std::string data(const json::object& body) {
  std::string text;
  io::sse::append_event(text, {}, json::serialize(body));
  return text;
}

io::Task<void> send(io::http::Exchange& exchange, std::uint16_t status, const json::object& body, std::int64_t retry_ms = -1) {
  io::http::Response response;
  response.status = status;
  response.headers.set("Content-Type", "application/json");
  response.headers.set("apim-request-id", Id::generate().text());
  if (retry_ms >= 0) {
    response.headers.set("x-ms-retry-after-ms", fmt::format("{}", retry_ms));
    response.headers.set("retry-after", fmt::format("{}", (retry_ms + 999) / 1000));
  }
  response.body = json::serialize(body);
  auto sent = co_await exchange.send(std::move(response));
  (void)sent;
}

json::object error_of(std::string_view code, std::string_view message) {
  return {{"error", json::object{{"code", code}, {"message", message}}}};
}

json::object filter_error() {
  json::object verdicts{{"hate", json::object{{"filtered", false}, {"severity", "safe"}}},
                        {"violence", json::object{{"filtered", true}, {"severity", "medium"}}}};
  json::object inner{{"code", "ResponsibleAIPolicyViolation"}, {"content_filter_result", std::move(verdicts)}};
  return {{"error", json::object{{"message", "The response was filtered due to the prompt."},
                                 {"type", nullptr},
                                 {"param", "prompt"},
                                 {"code", "content_filter"},
                                 {"status", 400},
                                 {"innererror", std::move(inner)}}}};
}

}  // namespace

AzureRefusal find_azure_refusal(const io::http::Request& request) {
  const bool has_key = request.headers.find("api-key") == "azure-scripted";
  const bool has_token = request.headers.find("authorization") == "Bearer entra-scripted";
  if (has_key == has_token) return {401, "401", "Access denied due to invalid subscription key or wrong API endpoint."};
  const auto version = request.query_parameter("api-version").value_or("");
  if (request.path.starts_with("/openai/v1/")) {
    const bool is_known = version.empty() || version == "preview" || version == "latest";
    return is_known ? AzureRefusal{} : AzureRefusal{400, "BadRequest", "api-version is not supported here"};
  }
  if (!request.path.starts_with("/openai/deployments/") || version.size() < 10) {
    return {404, "404", "Resource not found"};
  }
  if (!request.path.starts_with("/openai/deployments/team-")) {
    return {404, "DeploymentNotFound", "The API deployment for this resource does not exist."};
  }
  return {};
}

json::object ScriptedAzure::Script::frame(std::string_view object) const {
  return {{"id", id}, {"object", object}, {"created", 1763900000}, {"model", "gpt-4o-mini-2024-07-18"}};
}

json::object ScriptedAzure::Script::usage() const {
  return {{"prompt_tokens", prompt},
          {"completion_tokens", tokens},
          {"total_tokens", prompt + tokens},
          {"prompt_tokens_details", json::object{{"cached_tokens", cached}}}};
}

std::string ScriptedAzure::Script::chunk(json::object delta, json::value finish) const {
  auto body = frame("chat.completion.chunk");
  json::object choice{{"index", 0}, {"delta", std::move(delta)}, {"finish_reason", std::move(finish)}};
  if (!is_async) choice["content_filter_results"] = safe();
  body["choices"] = json::array{std::move(choice)};
  if (wants_usage) body["usage"] = nullptr;
  return data(body);
}

ScriptedAzure::Script ScriptedAzure::read_script(const io::http::Request& request, const json::object& body) {
  Script script;
  script.text = last_user_text(body);
  const auto* stream = find_member(body, "stream");
  script.is_streamed = stream != nullptr && *stream == true;
  if (const auto* options = find_member(body, "stream_options"); options != nullptr && options->is_object()) {
    const auto* usage = find_member(options->get_object(), "include_usage");
    script.wants_usage = usage != nullptr && *usage == true;
  }
  for (const auto& [name, number] :
       {std::pair{"status", &script.status}, std::pair{"retry-ms", &script.retry_ms}, std::pair{"tokens", &script.tokens},
        std::pair{"interval", &script.interval}, std::pair{"cut", &script.cut},
        std::pair{"error-after", &script.error_after}, std::pair{"cached", &script.cached},
        std::pair{"fail-times", &script.fail_times}}) {
    *number = number_directive(script.text, name, *number);
  }
  script.no_usage = has_directive(script.text, "no-usage");
  script.has_tool = has_directive(script.text, "tool");
  script.is_filtered = has_directive(script.text, "filtered");
  script.is_async = has_directive(script.text, "async");
  for (const char* name : {"max_tokens", "max_completion_tokens"}) {
    const auto* limit = find_member(body, name);
    if (limit != nullptr && limit->is_int64()) script.tokens = std::min(script.tokens, limit->get_int64());
  }
  if (!find_directive(script.text, "say", script.say)) script.say = words(script.tokens);
  if (has_directive(script.text, "where")) script.say = request.target;
  script.prompt = static_cast<std::int64_t>(json::serialize(body.at("messages")).size() / 4) + 3;
  script.cached = std::min(script.cached, script.prompt);
  return script;
}

bool ScriptedAzure::fails_now(const Script& script) {
  if (script.fail_times == 0) return script.status >= 400;
  const std::scoped_lock lock(mutex_);
  return failures_[script.text]++ < script.fail_times;
}

io::Task<void> ScriptedAzure::handle(io::http::Exchange& exchange) {
  const auto& request = exchange.request();
  if (const auto refusal = find_azure_refusal(request); refusal.status != 0) {
    co_await send(exchange, refusal.status, error_of(refusal.code, refusal.message));
    co_return;
  }
  const auto body = parse_json_object(request.body).value_or(json::object());
  if (request.path.ends_with("/embeddings")) {
    co_await embed(exchange, body);
    co_return;
  }
  if (!request.path.ends_with("/chat/completions") || find_member(body, "messages") == nullptr) {
    co_await send(exchange, 404, error_of("404", "Resource not found"));
    co_return;
  }
  const auto script = read_script(request, body);
  if (script.is_filtered) {
    co_await send(exchange, 400, filter_error());
  } else if (fails_now(script)) {
    const auto status = static_cast<std::uint16_t>(script.status == 0 ? 500 : script.status);
    co_await send(exchange, status, error_of(fmt::format("{}", status), "scripted failure"), script.retry_ms);
  } else if (script.is_streamed) {
    co_await stream(exchange, script);
  } else {
    co_await answer(exchange, script);
  }
}

io::Task<void> ScriptedAzure::answer(io::http::Exchange& exchange, const Script& script) {
  charge_({script.id, script.prompt, script.cached, script.tokens});
  json::object message{{"role", "assistant"}, {"content", script.say}, {"refusal", nullptr}};
  if (script.has_tool) {
    json::object function{{"name", "lookup"}, {"arguments", "{\"city\":\"Bern\"}"}};
    message["content"] = nullptr;
    message["tool_calls"] =
        json::array{json::object{{"id", "call_1"}, {"type", "function"}, {"function", std::move(function)}}};
  }
  auto body = script.frame("chat.completion");
  body["prompt_filter_results"] = prompt_verdicts();
  body["choices"] = json::array{json::object{{"index", 0},
                                             {"message", std::move(message)},
                                             {"finish_reason", script.has_tool ? "tool_calls" : "stop"},
                                             {"content_filter_results", safe()}}};
  if (!script.no_usage) body["usage"] = script.usage();
  co_await send(exchange, 200, body);
}

io::Task<void> ScriptedAzure::embed(io::http::Exchange& exchange, const json::object& body) {
  const auto* input = find_member(body, "input");
  const json::array texts = input == nullptr ? json::array() : input->is_array() ? input->get_array() : json::array{*input};
  std::int64_t tokens = 0;
  json::array vectors;
  for (const auto& text : texts) {
    tokens += static_cast<std::int64_t>(text.as_string().size() / 4) + 1;
    vectors.push_back(json::object{{"object", "embedding"}, {"index", vectors.size()}, {"embedding", json::array{0.5}}});
  }
  charge_({Id::generate().text(), tokens, 0, 0});
  co_await send(exchange, 200,
                json::object{{"object", "list"},
                             {"data", std::move(vectors)},
                             {"model", "text-embedding-3-small"},
                             {"usage", json::object{{"prompt_tokens", tokens}, {"total_tokens", tokens}}}});
}

io::Task<void> ScriptedAzure::stream(io::http::Exchange& exchange, const Script& script) {
  io::http::Response head;
  head.headers.set("Content-Type", "text/event-stream; charset=utf-8");
  head.headers.set("apim-request-id", script.id);
  auto written = co_await exchange.start_stream(std::move(head));
  if (written) {
    written = co_await exchange.write(data({{"choices", json::array()}, {"created", 0}, {"id", ""}, {"model", ""},
                                            {"object", ""}, {"prompt_filter_results", prompt_verdicts()}}));
  }
  if (written && script.error_after == 0) {
    written = co_await exchange.write(data(error_of("InternalServerError", "scripted error behind the metadata")));
    if (written) written = co_await exchange.finish_stream();
    co_return;
  }
  if (written) written = co_await exchange.write(script.chunk({{"role", "assistant"}, {"content", ""}}, nullptr));
  if (script.has_tool && written) {
    json::object function{{"name", "lookup"}, {"arguments", "{\"city\":\"Bern\"}"}};
    json::object call{{"index", 0}, {"id", "call_1"}, {"type", "function"}, {"function", std::move(function)}};
    written = co_await exchange.write(script.chunk({{"tool_calls", json::array{std::move(call)}}}, nullptr));
  }
  const auto say = script.has_tool ? std::string() : script.say;
  std::size_t start = 0;
  for (std::int64_t said = 0; start < say.size() && written && !exchange.is_client_gone(); ++said) {
    if (said == script.cut || said == script.error_after) {
      charge_({script.id, script.prompt, script.cached, said});
      if (said == script.error_after) {
        written = co_await exchange.write(data(error_of("InternalServerError", "scripted error in the stream")));
      }
      exchange.abort();
      co_return;
    }
    if (script.interval > 0) {
      auto slept = co_await io::sleep_for(Duration(script.interval));
      if (!slept || exchange.is_client_gone()) break;
    }
    const auto space = say.find(' ', start);
    const auto end = space == std::string::npos ? say.size() : space + 1;
    written = co_await exchange.write(script.chunk({{"content", say.substr(start, end - start)}}, nullptr));
    start = end;
  }
  if (!written || exchange.is_client_gone()) co_return;
  charge_({script.id, script.prompt, script.cached, script.tokens});
  auto last = script.chunk({}, script.has_tool ? "tool_calls" : "stop");
  if (script.is_async) {
    json::object choice{{"index", 0}, {"finish_reason", nullptr}, {"content_filter_results", safe()},
                        {"content_filter_offsets", json::object{{"check_offset", 4}, {"start_offset", 0}, {"end_offset", 4}}}};
    last = data({{"id", ""}, {"object", ""}, {"created", 0}, {"model", ""}, {"choices", json::array{std::move(choice)}}}) + last;
  }
  if (script.wants_usage && !script.no_usage) {
    auto usage = script.frame("chat.completion.chunk");
    usage["choices"] = json::array();
    usage["usage"] = script.usage();
    last += data(usage);
  }
  io::sse::append_event(last, {}, "[DONE]");
  written = co_await exchange.write(last);
  if (written) written = co_await exchange.finish_stream();
}

}  // namespace millwright::test
