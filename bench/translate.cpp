// Translation between the dialects of model providers and the canonical chat: MB/s a dialect, one core
//
// Requests: JSON text of a canonical chat in, JSON text of the provider's request out; for the surfaces that callers speak
// the other way round. Streams: the provider's bytes in, chunks as JSON text out. The limit beside them is the same bytes
// parsed and written again with nothing translated.
#include <algorithm>
#include <chrono>
#include <functional>
#include <vector>

#include <fmt/format.h>

#include "api/anthropic/request.hpp"
#include "api/openai/responses_builder.hpp"
#include "api/openai/responses_request.hpp"
#include "extensions/providers/anthropic_messages.hpp"
#include "extensions/providers/anthropic_stream.hpp"
#include "extensions/providers/bedrock_stream.hpp"
#include "extensions/providers/gemini_request.hpp"
#include "extensions/providers/gemini_stream.hpp"
#include "extensions/providers/openai_stream.hpp"

namespace {

using namespace millwright;
using Clock = std::chrono::steady_clock;

constexpr int rounds = 5;
constexpr std::chrono::milliseconds round_time{200};
constexpr int turns = 20, stream_pieces = 400;
constexpr std::string_view paragraph =
    "The printer in the second building answers on its own address; \\\"driverless\\\" printing works when the queue is "
    "shared, and the toner level is shown on page 2 of its report.\\nAsk the service desk before you replace a part. ";

/// One translation; gives how many bytes came out. Throws when it refuses its input.
struct Case {
  std::string dialect, what, input;
  std::function<std::size_t(std::string_view)> translate;
};

json::object parsed(std::string_view text) {
  auto object = parse_json_object(text);
  if (!object) throw std::runtime_error(describe(object.error()));
  return std::move(*object);
}

std::size_t written(const Result<json::object>& object) {
  if (!object) throw std::runtime_error(describe(object.error()));
  return json::serialize(*object).size();
}

/// A conversation with tools, calls and their results, in the canonical shape.
std::string canonical_request() {
  std::string messages = R"({"role":"system","content":"You help the staff of an office."})";
  for (int i = 0; i < turns; ++i) {
    messages += fmt::format(R"(,{{"role":"user","content":"{0}"}},{{"role":"assistant","content":null,"tool_calls":[{{"id":"call_{1}","type":"function","function":{{"name":"look_up","arguments":"{{\"building\":{1}}}"}}}}]}})"
                            R"(,{{"role":"tool","tool_call_id":"call_{1}","content":"{0}"}},{{"role":"assistant","content":"{0}"}})", paragraph, i);
  }
  return fmt::format(R"({{"model":"m","max_tokens":512,"temperature":0.2,"tools":[{{"type":"function","function":{{"name":"look_up","description":"Looks a building up.","parameters":{{"type":"object","properties":{{"building":{{"type":"integer"}}}},"required":["building"]}}}}}}],"messages":[{},{{"role":"user","content":"And now?"}}]}})", messages);
}

std::string messages_request() {
  std::string messages;
  for (int i = 0; i < turns; ++i) {
    messages += fmt::format(R"({{"role":"user","content":[{{"type":"text","text":"{0}"}}]}},{{"role":"assistant","content":[{{"type":"tool_use","id":"toolu_{1}","name":"look_up","input":{{"building":{1}}}}}]}})"
                            R"(,{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"toolu_{1}","content":"{0}"}}]}},{{"role":"assistant","content":"{0}"}},)", paragraph, i);
  }
  return fmt::format(R"({{"model":"m","max_tokens":512,"tools":[{{"name":"look_up","input_schema":{{"type":"object","properties":{{"building":{{"type":"integer"}}}}}}}}],"messages":[{}{{"role":"user","content":"And now?"}}]}})", messages);
}

std::string responses_request() {
  std::string input;
  for (int i = 0; i < turns; ++i) {
    input += fmt::format(R"({{"role":"user","content":[{{"type":"input_text","text":"{0}"}}]}},{{"type":"function_call","call_id":"call_{1}","name":"look_up","arguments":"{{\"building\":{1}}}"}})"
                         R"(,{{"type":"function_call_output","call_id":"call_{1}","output":"{0}"}},{{"role":"assistant","content":[{{"type":"output_text","text":"{0}"}}]}},)", paragraph, i);
  }
  return fmt::format(R"({{"model":"m","max_output_tokens":512,"store":false,"tools":[{{"type":"function","name":"look_up","parameters":{{"type":"object","properties":{{}}}}}}],"input":[{}{{"role":"user","content":"And now?"}}]}})", input);
}

std::string openai_stream() {
  const auto event = [](std::string_view delta, std::string_view finish) {
    return fmt::format("data: {{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1763900000,\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{{{}}},\"finish_reason\":{}}}]}}\n\n", delta, finish);
  };
  std::string bytes = event(R"("role":"assistant","content":"")", "null");
  for (int i = 0; i < stream_pieces; ++i) bytes += event(R"("content":"a few more words ")", "null");
  bytes += event("", R"("stop")");
  bytes += "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1763900000,\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":400,\"total_tokens\":409}}\n\n";
  return bytes + "data: [DONE]\n\n";
}

std::string anthropic_stream() {
  const auto event = [](std::string_view type, std::string_view rest) {
    return fmt::format("event: {0}\ndata: {{\"type\":\"{0}\"{1}}}\n\n", type, rest);
  };
  std::string bytes = event("message_start", R"(,"message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"m","stop_reason":null,"usage":{"input_tokens":9,"output_tokens":1}})");
  bytes += event("content_block_start", R"(,"index":0,"content_block":{"type":"text","text":""})");
  for (int i = 0; i < stream_pieces; ++i) bytes += event("content_block_delta", R"(,"index":0,"delta":{"type":"text_delta","text":"a few more words "})");
  bytes += event("content_block_stop", R"(,"index":0)");
  bytes += event("message_delta", R"(,"delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":400})");
  return bytes + event("message_stop", "");
}

std::string gemini_stream() {
  std::string bytes;
  for (int i = 0; i <= stream_pieces; ++i) {
    bytes += fmt::format("data: {{\"candidates\":[{{\"content\":{{\"parts\":[{{\"text\":\"a few more words \"}}],\"role\":\"model\"}},\"index\":0{}}}],\"usageMetadata\":{{\"promptTokenCount\":9,\"candidatesTokenCount\":{},\"totalTokenCount\":{}}},\"modelVersion\":\"m\",\"responseId\":\"r\"}}\r\n\r\n",
                         i == stream_pieces ? ",\"finishReason\":\"STOP\"" : "", i + 1, i + 10);
  }
  return bytes;
}

std::string bedrock_stream() {
  const auto event = [](std::string_view type, std::string_view payload) {
    return extensions::make_aws_event({{":event-type", std::string(type)}, {":message-type", "event"}}, payload);
  };
  std::string bytes = event("messageStart", R"({"role":"assistant"})");
  for (int i = 0; i < stream_pieces; ++i) {
    bytes += event("contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":"a few more words "},"p":"abcdefghij"})");
  }
  bytes += event("messageStop", R"({"stopReason":"end_turn"})");
  return bytes + event("metadata", R"({"usage":{"inputTokens":9,"outputTokens":400,"totalTokens":409},"metrics":{"latencyMs":9}})");
}

std::size_t size_of(const std::vector<json::object>& chunks) {
  std::size_t size = 0;
  for (const auto& chunk : chunks) size += json::serialize(chunk).size();
  return size;
}

/// Feeds the events of a stream to its decoder, in pieces as they come from a socket.
template <class Decoder>
std::size_t decode_events(std::string_view bytes, Decoder decoder) {
  io::sse::Parser parser;
  std::vector<json::object> chunks;
  std::size_t size = 0;
  for (io::sse::Event event; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(1'448, bytes.size()))) {
    if (!parser.feed(bytes.substr(0, 1'448))) throw std::runtime_error("not a stream of events");
    while (parser.next(event)) {
      chunks.clear();
      if (!decoder.feed(event, chunks)) throw std::runtime_error("not a stream of this dialect");
      size += size_of(chunks);
    }
  }
  if (!decoder.is_finished()) throw std::runtime_error("the stream did not end");
  return size;
}

std::size_t decode_gemini(std::string_view bytes) {
  extensions::GeminiStream stream({"bench", "m", "r", 0, 1});
  std::size_t size = 0;
  for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(1'448, bytes.size()))) {
    size += size_of(stream.feed(bytes.substr(0, 1'448)).chunks);
  }
  const auto end = stream.end();
  if (end.failure) throw std::runtime_error(describe(end.failure->error));
  return size + size_of(end.chunks);
}

std::size_t decode_bedrock(std::string_view bytes) {
  extensions::BedrockStream stream("bench", {"id", "m", 0});
  extensions::AwsEventParser parser;
  extensions::AwsEvent event;
  std::vector<json::object> chunks;
  std::size_t size = 0;
  for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(1'448, bytes.size()))) {
    parser.feed(bytes.substr(0, 1'448));
    for (;;) {
      const auto is_one = parser.next(event);
      if (!is_one) throw std::runtime_error(describe(is_one.error()));
      if (!*is_one) break;
      chunks.clear();
      if (!stream.feed(event, chunks)) throw std::runtime_error("not a stream of this dialect");
      size += size_of(chunks);
    }
  }
  if (!stream.is_finished()) throw std::runtime_error("the stream did not end");
  return size;
}

/// Events in, the same events out: what reading and writing alone cost.
std::size_t copy_events(std::string_view bytes) {
  io::sse::Parser parser;
  std::size_t size = 0;
  for (io::sse::Event event; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(1'448, bytes.size()))) {
    if (!parser.feed(bytes.substr(0, 1'448))) throw std::runtime_error("not a stream of events");
    while (parser.next(event)) {
      if (event.data != "[DONE]") size += json::serialize(parsed(event.data)).size();
    }
  }
  return size;
}

/// The chunks of a chat as the events of a response.
std::size_t say_response(std::string_view bytes) {
  std::size_t size = 0;
  api::openai::ResponseBuilder builder({"resp_0", 0, "m", {}, false},
                                       [&size](std::string_view, const json::object& event) { size += json::serialize(event).size(); });
  io::sse::Parser parser;
  if (!parser.feed(bytes)) throw std::runtime_error("not a stream of events");
  builder.begin();
  for (io::sse::Event event; parser.next(event);) {
    if (event.data != "[DONE]") builder.feed(parsed(event.data));
  }
  builder.end();
  builder.say_end();
  return size;
}

std::vector<Case> cases() {
  using namespace extensions;
  return {
      {"none (limit)", "request", canonical_request(), [](std::string_view text) { return json::serialize(parsed(text)).size(); }},
      {"anthropic", "request", canonical_request(), [](std::string_view text) { return written(encode_anthropic_request(parsed(text), true, AnthropicReasoning::Budget)); }},
      {"bedrock", "request", canonical_request(), [](std::string_view text) { return written(encode_bedrock_request(parsed(text), "anthropic.claude", {})); }},
      {"gemini", "request", canonical_request(), [](std::string_view text) { return written(render_gemini_request(parsed(text))); }},
      {"surface messages", "request", messages_request(), [](std::string_view text) { return written(api::anthropic::decode_request(parsed(text), api::anthropic::OutputLimit::Required)); }},
      {"surface responses", "request", responses_request(), [](std::string_view text) {
         auto request = api::openai::parse_responses_request(parsed(text));
         if (!request) throw std::runtime_error(describe(request.error()));
         return written(api::openai::chat_of(*request, {}));
       }},
      {"none (limit)", "stream", openai_stream(), copy_events},
      {"openai", "stream", openai_stream(), [](std::string_view bytes) { return decode_events(bytes, OpenAiStream("bench")); }},
      {"anthropic", "stream", anthropic_stream(), [](std::string_view bytes) { return decode_events(bytes, AnthropicStream("bench", 0)); }},
      {"bedrock", "stream", bedrock_stream(), decode_bedrock},
      {"gemini", "stream", gemini_stream(), decode_gemini},
      {"surface responses", "stream", openai_stream(), say_response},
  };
}

double megabytes_per_second(const Case& one) {
  std::vector<double> speeds;
  for (int round = 0; round < rounds; ++round) {
    const auto began = Clock::now();
    std::size_t bytes = 0;
    do {
      if (one.translate(one.input) == 0) throw std::runtime_error(one.dialect + ": nothing came out");
      bytes += one.input.size();
    } while (Clock::now() - began < round_time);
    speeds.push_back(static_cast<double>(bytes) / 1e6 / std::chrono::duration<double>(Clock::now() - began).count());
  }
  std::ranges::sort(speeds);
  return speeds[rounds / 2];
}

}  // namespace

int main() {
  try {
    double limit = 0;
    for (const auto& one : cases()) {
      const auto speed = megabytes_per_second(one);
      if (one.dialect.starts_with("none")) limit = speed;
      fmt::print(R"({{"benchmark":"translate","dialect":"{}","what":"{}","input_bytes":{},"mb_per_second":{:.1f},"of_limit":{:.2f}}})" "\n",
                 one.dialect, one.what, one.input.size(), speed, speed / limit);
    }
  } catch (const std::exception& e) {
    fmt::print(stderr, "translate: {}\n", e.what());
    return 1;
  }
  return 0;
}
