// However the bytes of a provider's stream are cut (byte by byte, amid a character, several events at once), the client
// of every surface is told the same, by every kind of provider.
#include <algorithm>
#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "extensions/providers/aws_event_stream.hpp"
#include "tests/api/running_factory.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/http_scripted_server.hpp"

namespace millwright::test {
namespace {

struct Wire {
  const char* kind;
  const char* file;  // below tests/golden
  const char* options = "{}";
};

constexpr std::array wires{
    Wire{"azure", "azure/streams/filters.sse"},
    Wire{"azure", "azure/streams/tools.sse"},
    Wire{"anthropic", "anthropic/streams/thinking.sse"},
    Wire{"anthropic", "anthropic/streams/tools_interleaved.sse"},
    Wire{"anthropic", "anthropic/streams/search_and_citations.sse"},
    Wire{"bedrock", "bedrock/streams/text.events", "{region: eu-central-1}"},
    Wire{"bedrock", "bedrock/streams/tools.events", "{region: eu-central-1}"},
    Wire{"cohere", "cohere/streams/text.sse"},
    Wire{"cohere", "cohere/streams/tools.sse"},
    Wire{"deepseek", "openai/streams/deepseek.sse"},
    Wire{"gemini", "gemini/streams/text.sse"},
    Wire{"gemini", "gemini/streams/thoughts_and_calls.sse"},
    Wire{"groq", "openai/streams/groq.sse"},
    Wire{"mistral", "openai/streams/mistral.sse"},
    Wire{"ollama", "ollama/streams/text.ndjson"},
    Wire{"ollama", "ollama/streams/tools.ndjson"},
    Wire{"openai", "azure/streams/async_filter.sse"},
    Wire{"openrouter", "openai/streams/openrouter.sse"},
};

struct Surface {
  const char* path;
  const char* body;  // without the model
  const char* end;   // what only the end of an answer has
};

constexpr std::array surfaces{
    Surface{"/v1/chat/completions", R"("stream":true,"messages":[{"role":"user","content":"x"}])", "[DONE]"},
    Surface{"/v1/completions", R"("stream":true,"prompt":"x")", "[DONE]"},
    Surface{"/v1/responses", R"("stream":true,"store":false,"input":"x")", R"("status":"completed")"},
    Surface{"/v1/messages", R"("stream":true,"max_tokens":64,"messages":[{"role":"user","content":"x"}])",
            "message_stop"},
};

/// Lines of an ".events" file as Amazon's binary messages.
std::string aws_bytes(std::string_view lines) {
  std::string bytes;
  for (const auto line : split(lines, '\n')) {
    const auto words = split(line, ' ');
    if (words.size() < 2) continue;
    const auto payload = line.substr(std::min(line.size(), words[0].size() + words[1].size() + 2));
    bytes += extensions::make_aws_event(
        {{":message-type", std::string(words[0])}, {":event-type", std::string(words[1])}}, payload);
  }
  return bytes;
}

std::string bytes_of(const Wire& wire) {
  const std::string_view file = wire.file;
  const auto folder = file.substr(0, file.rfind('/')), name = file.substr(file.rfind('/') + 1);
  const auto cases = golden_cases(folder, name);
  const auto exact = std::ranges::find(cases, name, [](const auto& path) { return path.filename().string(); });
  const auto text = exact == cases.end() ? std::string() : read_golden_case(*exact);
  return name.ends_with(".events") ? aws_bytes(text) : text;
}

std::string_view type_of(const Wire& wire) {
  const std::string_view file = wire.file;
  if (file.ends_with(".events")) return "application/vnd.amazon.eventstream";
  return file.ends_with(".ndjson") ? "application/x-ndjson" : "text/event-stream";
}

/// One answer whose transfer chunks have the sizes that `next_size` names.
template <class NextSize>
ScriptedAnswer cut(std::string_view bytes, std::string_view type, NextSize next_size) {
  std::string answer = fmt::format(
      "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n", type);
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, next_size());
    answer += fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
    bytes.remove_prefix(piece.size());
  }
  return {answer + "0\r\n\r\n", ScriptedAnswer::Then::Close};
}

constexpr std::size_t cuttings = 4;  // whole, byte by byte, and two at random

std::vector<std::vector<ScriptedAnswer>> scripts_of(const Wire& wire, std::mt19937& random) {
  const auto bytes = bytes_of(wire);
  const auto type = type_of(wire);
  std::vector<std::vector<ScriptedAnswer>> scripts;
  for (std::size_t i = 0; i < surfaces.size(); ++i) {
    scripts.push_back({cut(bytes, type, [&] { return bytes.size(); })});
    scripts.push_back({cut(bytes, type, [] { return 1; })});
    scripts.push_back({cut(bytes, type, [&] { return 1 + random() % 7; })});
    scripts.push_back({cut(bytes, type, [&] { return 1 + random() % 300; })});
  }
  return scripts;
}

std::string config_of(const Wire& wire, std::uint16_t port) {
  return fmt::format(R"(server: {{listen: "127.0.0.1:0"}}
teams: [{{name: it}}]
providers:
  - {{name: acme, kind: {}, base_url: "http://127.0.0.1:{}", api_key: {{env: MILLWRIGHT_TEST_WIRE_KEY}}, location: on_prem,
     options: {}}}
models: [{{name: small, provider: acme, price: {{input: 1 USD/Mtok, output: 2 USD/Mtok}}}}]
routes: [{{name: default, targets: [{{model: small}}], timeout: 10s, retries: 0}}]
use_cases:
  - {{name: desk, owner: it, risk_tier: T1, data_class: public, route: default, max_output_tokens: 64, cache: {{enabled: false}}}}
)",
                     wire.kind, port, wire.options);
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

/// What differs from call to call is taken out: ids of this gateway and times.
std::string semantics_of(std::string_view text) {
  constexpr std::array<std::string_view, 3> times{"\"created\":", "\"created_at\":", "\"completed_at\":"};
  std::string kept;
  while (!text.empty()) {
    const auto hex = static_cast<std::size_t>(std::ranges::find_if_not(text, is_hex) - text.begin());
    if (hex >= 32) {
      kept += "ID";
      text.remove_prefix(hex);
      continue;
    }
    const auto* time = std::ranges::find_if(times, [&](std::string_view name) { return text.starts_with(name); });
    const auto size = time != times.end() ? time->size() : std::max<std::size_t>(hex, 1);
    kept += text.substr(0, size);
    text.remove_prefix(size);
    if (time != times.end()) text.remove_prefix(std::min(text.size(), text.find_first_not_of("0123456789")));
  }
  return kept;
}

class ChunkInvariance : public testing::TestWithParam<Wire> {};

TEST_P(ChunkInvariance, OfEverySurface) {
  const auto& wire = GetParam();
  ASSERT_EQ(::setenv("MILLWRIGHT_TEST_WIRE_KEY", "key", 1), 0);
  const auto seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  ScriptedServer upstream(scripts_of(wire, random));
  RunningFactory running(config_of(wire, upstream.port()));
  const auto key = running.factory().keys->create({.use_case = "desk", .team = "it", .name = "wires"}, "test");
  ASSERT_TRUE(key);
  for (const auto& surface : surfaces) {
    std::string whole;
    for (std::size_t i = 0; i < cuttings; ++i) {
      const auto answer = running.ask_as(key->secret, io::http::Method::Post, surface.path,
                                         fmt::format(R"({{"model":"desk",{}}})", surface.body));
      ASSERT_EQ(answer.status, 200) << surface.path << answer.body;
      if (i == 0) {
        whole = semantics_of(answer.body);
        const bool was_cut = whole.find("event: response.incomplete") != std::string::npos;  // by its token limit
        EXPECT_TRUE(was_cut || whole.find(surface.end) != std::string::npos) << surface.path << whole;
      } else {
        EXPECT_EQ(semantics_of(answer.body), whole) << surface.path << " cutting " << i;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Wires, ChunkInvariance, testing::ValuesIn(wires), [](const auto& info) {
  return fmt::format("{}_{}", info.param.kind, info.index);
});

}  // namespace
}  // namespace millwright::test
