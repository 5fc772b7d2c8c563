#include "tests/fakes/provider.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "base/id.hpp"
#include "base/text.hpp"
#include "io/sse/sse.hpp"
#include "tests/fakes/directives.hpp"

namespace millwright::test {

/// What one request asks the fake to do.
struct ScriptedProvider::Script {
  std::string model = "gpt-4o-mini";
  bool is_streamed = false, wants_usage = false;
  std::int64_t status = 0, delay = 0, tokens = 12, interval = 0, cut = -1, error_after = -1, retry_after = -1;
  std::int64_t silent = 0, cached = 0, fail_times = 0, prompt_tokens = 0;
  bool no_usage = false, no_done = false, error_in_200 = false, garbage = false, cut_head = false;
  bool ends_words = false;
  std::int64_t tools = 0;   // calls in one answer
  std::int64_t choices = 1;
  std::string say, text_key, code, finish = "stop";
};

struct ScriptedProvider::Bill {
  std::string id;
  std::int64_t prompt = 0, cached = 0, completion = 0, searches = 0;
};

namespace {

std::string last_user_text(const json::object& body) {
  const auto* messages = find_member(body, "messages");
  if (messages == nullptr || !messages->is_array()) return {};
  const auto& list = messages->get_array();
  for (std::size_t i = list.size(); i-- > 0;) {
    if (!list[i].is_object() || string_member(list[i].get_object(), "role") != "user") continue;
    const auto& message = list[i].get_object();
    const auto* parts = find_member(message, "content");
    if (parts == nullptr || !parts->is_array()) return std::string(string_member(message, "content"));
    std::string text;
    for (const auto& part : parts->get_array()) {
      if (part.is_object()) text += string_member(part.get_object(), "text");
    }
    return text;
  }
  return {};
}

/// The cities that tool calls ask about, one a call.
constexpr std::array<std::string_view, 4> cities{"Bern", "Oslo", "Rome", "Lima"};

json::array tool_calls_json(std::int64_t count) {
  json::array calls;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto arguments = fmt::format(R"({{"city":"{}"}})", cities[static_cast<std::size_t>(i) % cities.size()]);
    calls.emplace_back(json::object{{"id", fmt::format("call_{}", i + 1)}, {"type", "function"},
                                    {"function", json::object{{"name", "lookup"}, {"arguments", arguments}}}});
  }
  return calls;
}

/// Deterministic words, one a token.
std::string words(std::int64_t count, std::string_view say) {
  if (!say.empty()) return std::string(say);
  static constexpr std::array<std::string_view, 8> list{"the ", "answer ", "is ", "in ", "your ", "manual ", "page ", "two "};
  std::string text;
  for (std::int64_t i = 0; i < count; ++i) text += list[static_cast<std::size_t>(i) % list.size()];
  if (!text.empty()) text.pop_back();
  return text;
}

json::object usage_json(std::int64_t prompt, std::int64_t cached, std::int64_t completion) {
  return {{"prompt_tokens", prompt},
          {"completion_tokens", completion},
          {"total_tokens", prompt + completion},
          {"prompt_tokens_details", json::object{{"cached_tokens", cached}, {"audio_tokens", 0}}},
          {"completion_tokens_details", json::object{{"reasoning_tokens", 0}, {"audio_tokens", 0}}}};
}

json::object frame(const std::string& id, std::string_view object, std::string_view model) {
  return {{"id", id}, {"object", object}, {"created", 1763900000}, {"model", fmt::format("{}-2024-07-18", model)},
          {"service_tier", "default"}, {"system_fingerprint", "fp_44709d6fcb"}};
}

io::http::Response json_response(std::uint16_t status, const json::value& body) {
  io::http::Response response;
  response.status = status;
  response.headers.set("Content-Type", "application/json");
  response.body = json::serialize(body);
  return response;
}

}  // namespace

ScriptedProvider::ScriptedProvider(ProviderOptions options)
    : options_(std::move(options)),
      operations_([this](std::string id, std::int64_t tokens) { charge({std::move(id), tokens, 0, 0}); }),
      gemini_([this](const GeminiBill& bill) { charge({bill.id, bill.prompt, bill.cached, bill.completion}); }),
      cohere_([this](const CohereBill& bill) { charge({bill.id, bill.prompt, 0, bill.completion, bill.searches}); }),
      ollama_([this](std::string id, std::int64_t prompt, std::int64_t completion) {
        charge({std::move(id), prompt, 0, completion});
      }),
      anthropic_([this](const AnthropicBill& bill) {
        charge({bill.id, bill.prompt, bill.cached, bill.completion});
      }),
      azure_([this](const AzureBill& bill) { charge({bill.id, bill.prompt, bill.cached, bill.completion}); }),
      bedrock_([this](const BedrockBill& bill) { charge({bill.id, bill.prompt, bill.cached, bill.completion}); }),
      media_([this](std::int64_t nano) { media_nano_ += nano; }) {
  if (!options_.bill_file.empty()) {
    bill_file_ = ::open(options_.bill_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
  if (options_.fixed_answer_bytes == 0) return;
  auto body = frame("chatcmpl-fixed", "chat.completion", "gpt-4o-mini");
  body["choices"] = json::array{json::object{
      {"index", 0},
      {"message", json::object{{"role", "assistant"}, {"content", std::string(options_.fixed_answer_bytes, 'a')}}},
      {"finish_reason", "stop"}}};
  body["usage"] = usage_json(250, 0, 40);
  fixed_body_ = json::serialize(body);
}

ScriptedProvider::~ScriptedProvider() {
  if (bill_file_ >= 0) ::close(bill_file_);
}

io::Task<void> ScriptedProvider::handle(io::http::Exchange& exchange) {
  if (!fixed_body_.empty() && exchange.request().body.find("\"stream\":true") == std::string::npos) {
    io::http::Response response;
    response.headers.set("Content-Type", "application/json");
    response.body = fixed_body_;
    auto sent = co_await exchange.send(std::move(response));
    (void)sent;
    co_return;
  }
  if (exchange.request().path == "/bill") {
    co_await show_bill(exchange);
  } else if (ScriptedBatches::is_path(exchange.request().path)) {
    co_await batches_.handle(exchange);
  } else if (exchange.request().path == "/v1/messages") {
    co_await anthropic_.handle(exchange);
  } else if (ScriptedOperations::is_one(exchange.request().path)) {
    co_await operations_.handle(exchange);
  } else if (ScriptedBedrock::is_path(exchange.request().path)) {
    co_await bedrock_.handle(exchange);
  } else if (ScriptedAzure::is_path(exchange.request().path)) {
    co_await azure_.handle(exchange);
  } else if (ScriptedCohere::is_path(exchange.request().path)) {
    co_await cohere_.handle(exchange);
  } else if (ScriptedOllama::is_path(exchange.request().path)) {
    co_await ollama_.handle(exchange);
  } else if (ScriptedMedia::is_one(exchange.request().path)) {
    co_await media_.handle(exchange);
  } else if (ScriptedGemini::is_path(exchange.request().path)) {
    co_await gemini_.handle(exchange);
  } else {
    co_await chat(exchange);
  }
}

ScriptedProvider::Script ScriptedProvider::read_script(const json::object& body) {
  Script script;
  const auto text = last_user_text(body);
  script.text_key = text;
  script.model = string_member(body, "model");
  const auto* stream = find_member(body, "stream");
  script.is_streamed = stream != nullptr && stream->is_bool() && stream->get_bool();
  if (const auto* options = find_member(body, "stream_options"); options != nullptr && options->is_object()) {
    const auto* usage = find_member(options->get_object(), "include_usage");
    script.wants_usage = usage != nullptr && usage->is_bool() && usage->get_bool();
  }
  for (const auto& [name, number] :
       {std::pair{"status", &script.status}, std::pair{"delay", &script.delay}, std::pair{"tokens", &script.tokens},
        std::pair{"interval", &script.interval}, std::pair{"cut", &script.cut},
        std::pair{"error-after", &script.error_after}, std::pair{"retry-after", &script.retry_after},
        std::pair{"cached", &script.cached}, std::pair{"fail-times", &script.fail_times}, std::pair{"silent", &script.silent}}) {
    *number = number_directive(text, name, number_directive(text, fmt::format("{}.{}", name, script.model), *number));
  }
  script.no_usage = has_directive(text, "no-usage");
  script.no_done = has_directive(text, "no-done");
  script.error_in_200 = has_directive(text, "error-in-200");
  script.garbage = has_directive(text, "garbage");
  if (has_directive(text, "tool")) script.tools = std::max<std::int64_t>(1, number_directive(text, "tool", 1));
  script.cut_head = has_directive(text, "cut-head");
  script.ends_words = has_directive(text, "ends-words");
  if (std::string say; find_directive(text, "say", say)) script.say = say;
  if (std::string finish; find_directive(text, "finish", finish)) script.finish = finish;
  if (std::string code; find_directive(text, "code", code)) script.code = code;
  std::string shown;
  if (find_directive(text, "show", shown) && body.contains(shown)) script.say = json::serialize(body.at(shown));
  if (script.tools > 0) script.finish = "tool_calls";
  if (const auto* n = find_member(body, "n"); n != nullptr && n->is_int64()) script.choices = n->get_int64();
  for (const char* name : {"max_tokens", "max_completion_tokens"}) {
    const auto* limit = find_member(body, name);
    if (limit != nullptr && limit->is_int64()) script.tokens = std::min(script.tokens, limit->get_int64());
  }
  script.prompt_tokens = static_cast<std::int64_t>(json::serialize(body.at("messages")).size() / 4) + 3;
  script.cached = std::min(script.cached, script.prompt_tokens);
  return script;
}

void ScriptedProvider::charge(const Bill& bill) {
  const std::scoped_lock lock(mutex_);
  ++calls_;
  prompt_tokens_ += bill.prompt;
  cached_tokens_ += bill.cached;
  completion_tokens_ += bill.completion;
  searches_ += bill.searches;
  if (bill_file_ < 0) return;
  const auto line = fmt::format("{} {} {} {}\n", bill.id, bill.prompt, bill.cached, bill.completion);
  if (::write(bill_file_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) ::_exit(70);
}

io::Task<void> ScriptedProvider::fail_with(io::http::Exchange& exchange, const Script& script) {
  const auto status = static_cast<std::uint16_t>(script.status == 0 ? 500 : script.status);
  json::object error{{"message", fmt::format("scripted failure {}", status)},
                     {"type", status == 429 ? "requests" : status < 500 ? "invalid_request_error" : "server_error"},
                     {"param", nullptr},
                     {"code", !script.code.empty() ? json::value(script.code)
                              : status == 429      ? json::value("rate_limit_exceeded")
                                                   : json::value(nullptr)}};
  auto response = json_response(status, json::object{{"error", std::move(error)}});
  if (script.retry_after >= 0) response.headers.set("Retry-After", fmt::format("{}", script.retry_after));
  auto sent = co_await exchange.send(std::move(response));
  (void)sent;
}

io::Task<void> ScriptedProvider::chat(io::http::Exchange& exchange) {
  auto body = parse_json_object(exchange.request().body);
  if (!body || find_member(*body, "messages") == nullptr) {
    Script refused;
    refused.status = 400;
    co_await fail_with(exchange, refused);
    co_return;
  }
  const auto script = read_script(*body);
  {
    const std::scoped_lock lock(mutex_);
    ++requests_;
  }
  if (script.delay > 0) {
    auto slept = co_await io::sleep_for(Duration(script.delay));
    if (!slept || exchange.is_client_gone()) co_return;
  }
  if (script.fail_times > 0) {
    int failed = 0;
    {
      const std::scoped_lock lock(mutex_);
      failed = failures_[script.text_key]++;
    }
    if (failed < script.fail_times) {
      co_await fail_with(exchange, script);
      co_return;
    }
  } else if (script.status >= 400) {
    co_await fail_with(exchange, script);
    co_return;
  }
  if (script.cut_head) {
    exchange.abort();
    co_return;
  }
  const Bill bill{"chatcmpl-" + Id::generate().text(), script.prompt_tokens, script.cached, script.tokens};
  if (script.error_in_200) {
    auto sent = co_await exchange.send(json_response(
        200, json::object{{"error", json::object{{"message", "scripted error under 200"}, {"type", "server_error"}}}}));
    (void)sent;
    co_return;
  }
  if (script.garbage) {
    io::http::Response response;
    response.headers.set("Content-Type", "application/json");
    response.body = "<html>502 not json";
    auto sent = co_await exchange.send(std::move(response));
    (void)sent;
    co_return;
  }
  if (script.is_streamed) {
    co_await stream(exchange, script, bill);
    co_return;
  }
  charge(bill);
  auto answer = frame(bill.id, "chat.completion", script.model);
  json::object message{{"role", "assistant"}, {"content", words(script.tokens, script.say)}, {"refusal", nullptr}};
  if (script.tools > 0) {
    message["content"] = nullptr;
    message["tool_calls"] = tool_calls_json(script.tools);
  }
  json::array choices;
  for (std::int64_t i = 0; i < script.choices; ++i) {
    choices.push_back(json::object{
        {"index", i}, {"message", message}, {"logprobs", nullptr}, {"finish_reason", script.finish}});
  }
  answer["choices"] = std::move(choices);
  if (!script.no_usage) answer["usage"] = usage_json(bill.prompt, bill.cached, bill.completion);
  auto response = json_response(200, answer);
  response.headers.set("x-request-id", bill.id);
  auto sent = co_await exchange.send(std::move(response));
  (void)sent;
}

io::Task<void> ScriptedProvider::stream(io::http::Exchange& exchange, const Script& script, const Bill& bill) {
  io::http::Response head;
  head.headers.set("Content-Type", "text/event-stream; charset=utf-8");
  head.headers.set("x-request-id", bill.id);
  auto started = co_await exchange.start_stream(std::move(head));
  if (!started) co_return;
  const auto chunk = [&](json::object delta, json::value finish) {
    auto body = frame(bill.id, "chat.completion.chunk", script.model);
    body["choices"] = json::array{json::object{{"index", 0}, {"delta", std::move(delta)}, {"logprobs", nullptr},
                                               {"finish_reason", std::move(finish)}}};
    if (script.wants_usage) body["usage"] = nullptr;
    std::string event;
    io::sse::append_event(event, {}, json::serialize(body));
    return event;
  };
  auto written = co_await exchange.write(chunk({{"role", "assistant"}, {"content", ""}, {"refusal", nullptr}}, nullptr));
  if (script.silent > 0) {
    auto slept = co_await io::sleep_for(Duration(script.silent));
    if (!slept || exchange.is_client_gone()) co_return;
  }
  const auto text = script.tools > 0 ? std::string() : words(script.tokens, script.say);
  for (std::int64_t i = 0; i < script.tools; ++i) {
    const auto city = cities[static_cast<std::size_t>(i) % cities.size()];
    for (const auto& piece : {std::string(), std::string("{\"city\""), fmt::format(":\"{}", city.substr(0, 2)),
                              fmt::format("{}\"}}", city.substr(2))}) {
      json::object call{{"index", i}, {"function", json::object{{"arguments", piece}}}};
      if (piece.empty()) {
        call["id"] = fmt::format("call_{}", i + 1);
        call["type"] = "function";
        call["function"].get_object()["name"] = "lookup";
      }
      if (written) written = co_await exchange.write(chunk({{"tool_calls", json::array{std::move(call)}}}, nullptr));
    }
  }
  std::size_t start = 0;
  for (std::int64_t count = 0; start < text.size() && written; ++count) {
    if (script.cut >= 0 && count >= script.cut) {
      charge({bill.id, bill.prompt, bill.cached, count});
      exchange.abort();
      co_return;
    }
    if (script.error_after >= 0 && count >= script.error_after) {
      std::string event;
      io::sse::append_event(event, {}, R"({"error":{"message":"scripted error in the stream","type":"server_error"}})");
      written = co_await exchange.write(event);
      if (written) written = co_await exchange.finish_stream();
      co_return;
    }
    if (script.interval > 0) {
      auto slept = co_await io::sleep_for(Duration(script.interval));
      if (!slept) co_return;
    }
    const auto space = text.find(' ', start + 1);
    const auto end = space == std::string::npos ? text.size() : script.ends_words ? space + 1 : space;
    written = co_await exchange.write(chunk({{"content", text.substr(start, end - start)}}, nullptr));
    start = end;
  }
  if (!written) co_return;   // the client has gone: nothing is charged, nothing was finished
  charge(bill);
  std::string last = chunk({}, json::value(script.finish));
  if (script.wants_usage && !script.no_usage) {
    auto usage = frame(bill.id, "chat.completion.chunk", script.model);
    usage["choices"] = json::array();
    usage["usage"] = usage_json(bill.prompt, bill.cached, bill.completion);
    io::sse::append_event(last, {}, json::serialize(usage));
  }
  if (!script.no_done) io::sse::append_event(last, {}, "[DONE]");
  written = co_await exchange.write(last);
  if (written) written = co_await exchange.finish_stream();
}

io::Task<void> ScriptedProvider::show_bill(io::http::Exchange& exchange) {
  json::object bill;
  {
    const std::scoped_lock lock(mutex_);
    bill = {{"calls", calls_}, {"requests", requests_}, {"prompt_tokens", prompt_tokens_}, {"cached_tokens", cached_tokens_},
            {"completion_tokens", completion_tokens_}, {"searches", searches_}, {"media_nano", media_nano_.load()}};
  }
  auto sent = co_await exchange.send(json_response(200, bill));
  (void)sent;
}

}  // namespace millwright::test
