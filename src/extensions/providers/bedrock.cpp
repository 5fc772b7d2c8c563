#include "extensions/providers/bedrock.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/text.hpp"
#include "extensions/providers/aws_credentials.hpp"
#include "extensions/providers/bedrock_embeddings.hpp"
#include "extensions/providers/bedrock_frames.hpp"
#include "extensions/providers/bedrock_part.hpp"
#include "extensions/providers/bedrock_stream.hpp"
#include "extensions/providers/bedrock_wire.hpp"
#include "extensions/providers/raw_usage.hpp"
#include "extensions/providers/upstream.hpp"

namespace millwright::extensions {
namespace {

using gateway::OnChunk;
using gateway::ProviderAnswer;
using gateway::ProviderCall;
using gateway::ProviderFailure;
using gateway::ProviderResult;

/// How long the metadata may take of an answer that has been stopped.
constexpr Duration after_stop{5'000};
constexpr std::string_view usual_region = "us-east-1";

/// What is known of a streamed answer, whole or broken.
ProviderAnswer known_of(const BedrockStream& stream, std::string request_id, std::string_view model_id) {
  ProviderAnswer answer;
  answer.provider_model = stream.invoked_model();
  if (answer.provider_model.empty()) answer.provider_model = model_id;
  answer.provider_request = std::move(request_id);
  answer.usage = stream.usage();
  answer.service_tier = stream.service_tier();
  return answer;
}

/// A whole answer in the shape of a chunk, for a server that does not stream.
json::object as_chunk(const json::object& body) {
  json::object chunk = body;
  chunk["object"] = "chat.completion.chunk";
  auto& choice = chunk["choices"].get_array().front().get_object();
  choice["delta"] = choice["message"];
  choice.erase("message");
  if (auto* calls = choice["delta"].get_object().if_contains("tool_calls")) {
    std::int64_t index = 0;
    for (auto& call : calls->get_array()) call.get_object()["index"] = index++;
  }
  return chunk;
}

class Bedrock final : public gateway::Provider {
 public:
  Bedrock(BedrockEndpoint endpoint, BedrockRules rules) : wire_(std::move(endpoint)), rules_(std::move(rules)) {}

  [[nodiscard]] std::string_view kind() const override { return "bedrock"; }
  [[nodiscard]] bool offers(gateway::Operation operation) const override {
    return operation == gateway::Operation::Chat || operation == gateway::Operation::Embeddings;
  }
  [[nodiscard]] std::vector<io::http::Origin> further_origins() const override {
    std::vector<io::http::Origin> origins{wire_.endpoint().origin};
    if (const auto& source = wire_.endpoint().credentials) std::ranges::copy(source->origins(), std::back_inserter(origins));
    return origins;
  }

  [[nodiscard]] io::Task<ProviderResult> chat(const ProviderCall& call, const OnChunk& on_chunk) override {
    if (call.operation == gateway::Operation::Embeddings) {
      auto result = co_await embed(call);
      co_return result;
    }
    auto body = encode_bedrock_request(*call.body, call.model->id, rules_);
    if (!body) co_return std::unexpected(failure_of_translation(std::move(body.error()), name()));
    auto response = co_await wire_.post(call, call.is_streamed ? "converse-stream" : "converse", json::serialize(*body));
    if (!response) co_return std::unexpected(std::move(response.error()));
    auto& upstream = **response;
    const bool is_stream = upstream.headers().find("content-type").starts_with("application/vnd.amazon.eventstream");
    ProviderResult result;
    if (call.is_streamed && is_stream)
      result = co_await read_stream(upstream, call, on_chunk);
    else
      result = co_await read_answer(upstream, call, on_chunk);
    if (!result) result.error().provider_request = request_id_of(upstream, call);
    co_return result;
  }

  [[nodiscard]] io::Task<Result<std::unique_ptr<io::http::ClientResponse>>> send_raw(
      io::http::ClientRequest request, Duration timeout, const io::http::Cancellation* cancellation) override {
    return wire_.send_raw(std::move(request), timeout, cancellation);
  }
  void read_raw_usage(std::string_view path, const json::object& answer, gateway::RawUsage& usage) const override {
    read_bedrock_raw_usage(path, answer, usage);
  }
  void read_raw_head(const io::http::Headers& headers, gateway::RawUsage& usage) const override {
    read_bedrock_raw_head(headers, usage);
  }
  [[nodiscard]] std::unique_ptr<gateway::RawFrames> raw_frames(std::string_view content_type) const override {
    return make_bedrock_frames(content_type);
  }
  [[nodiscard]] bool keeps_marked_prompts(const gateway::ModelConfig& model) const override {
    return takes_cache_points(model.id);
  }

 private:
  [[nodiscard]] const std::string& name() const { return wire_.endpoint().provider; }

  static std::string request_id_of(const io::http::ClientResponse& upstream, const ProviderCall& call) {
    const auto id = upstream.headers().find("x-amzn-requestid");
    return std::string(id.empty() ? call.request_id : id);
  }
  static BedrockFrame frame_of(const io::http::ClientResponse& upstream, const ProviderCall& call) {
    return {"chatcmpl-" + request_id_of(upstream, call), call.model->id,
            to_micros(system_clock().now()) / 1'000'000};
  }

  ProviderFailure not_an_answer(std::string_view text) const {
    auto failure = make_bedrock_failure(502, {}, text, name());
    failure.error.message = fmt::format("the provider {} answered with what is no answer of Converse", name());
    return failure;
  }

  io::Task<ProviderResult> read_answer(io::http::ClientResponse& upstream, const ProviderCall& call,
                                       const OnChunk& on_chunk) {
    auto text = co_await upstream.read_all(answer_bytes_max);
    if (!text) {
      auto failure = failure_of_transport(std::move(text.error()));
      failure.may_be_billed = true;  // the answer had begun
      co_return std::unexpected(std::move(failure));
    }
    const auto message = parse_json_object(*text, {answer_bytes_max, 128}, JsonMemory::Pooled);
    const auto* output = message ? find_member(*message, "output") : nullptr;
    if (output == nullptr || !output->is_object()) {
      auto failure = not_an_answer(*text);
      failure.may_be_billed = !message;
      co_return std::unexpected(std::move(failure));
    }
    ProviderAnswer answer;
    const auto* usage = find_member(*message, "usage");
    if (usage != nullptr && usage->is_object()) answer.usage = read_bedrock_usage(usage->get_object());
    answer.service_tier = bedrock_service_tier(*message);
    answer.provider_model = bedrock_invoked_model(*message);
    if (answer.provider_model.empty()) answer.provider_model = call.model->id;
    answer.provider_request = request_id_of(upstream, call);
    auto body = decode_bedrock_answer(*message, frame_of(upstream, call));
    if (!call.is_streamed) {
      take_over(answer.body, std::move(body));
      co_return answer;
    }
    auto passed = co_await on_chunk(as_chunk(body));
    if (!passed) {
      auto failure = failure_of_transport(std::move(passed.error()));
      failure.may_be_billed = true;
      failure.usage = answer.usage;
      failure.service_tier = answer.service_tier;
      co_return std::unexpected(std::move(failure));
    }
    co_return answer;
  }

  /// Passes chunks on; a caller who has gone ends the stream.
  static io::Task<Result<void>> pass_on(std::vector<json::object>& chunks, const OnChunk& on_chunk) {
    for (auto& chunk : chunks) {
      auto passed = co_await on_chunk(std::move(chunk));
      if (!passed) co_return passed;
    }
    chunks.clear();
    co_return Result<void>();
  }

  io::Task<ProviderResult> read_stream(io::http::ClientResponse& upstream, const ProviderCall& call,
                                       const OnChunk& on_chunk) {
    BedrockStream stream(name(), frame_of(upstream, call));
    const auto known = [&] { return known_of(stream, request_id_of(upstream, call), call.model->id); };
    AwsEventParser parser;
    AwsEvent event;
    std::vector<json::object> chunks;
    while (!stream.is_finished()) {
      upstream.expire_after(stream.is_stopped() ? std::min(call.idle_timeout, after_stop) : call.idle_timeout);
      auto bytes = co_await upstream.read_some();
      const bool has_ended = !bytes || bytes->empty();
      if (has_ended && stream.is_stopped() && (bytes || bytes.error().code != ErrorCode::Cancelled)) {
        stream.end(chunks);  // whole, but nobody said what it used
      } else if (!bytes) {
        co_return std::unexpected(broken(failure_of_transport(std::move(bytes.error())), known()));
      } else if (has_ended) {
        co_return std::unexpected(broken(failure_of_transport(cut_short(name())), known()));
      } else {
        parser.feed(*bytes);
      }
      for (bool has_more = !has_ended; has_more && !stream.is_finished();) {
        auto is_one = parser.next(event);
        if (!is_one) co_return std::unexpected(broken(failure_of_transport(std::move(is_one.error())), known()));
        has_more = *is_one;
        if (!has_more) break;
        auto understood = stream.feed(event, chunks);
        auto passed = co_await pass_on(chunks, on_chunk);
        if (!passed) co_return std::unexpected(broken(failure_of_transport(std::move(passed.error())), known()));
        if (understood) continue;
        co_return std::unexpected(broken_by_provider(std::move(understood.error()), known(), stream.has_begun()));
      }
      auto passed = co_await pass_on(chunks, on_chunk);
      if (!passed) co_return std::unexpected(broken(failure_of_transport(std::move(passed.error())), known()));
    }
    co_await drain(upstream);
    co_return known();
  }

  io::Task<ProviderResult> embed(const ProviderCall& call) {
    auto bodies = encode_bedrock_embeddings(*call.body, call.model->id);
    if (!bodies) co_return std::unexpected(failure_of_translation(std::move(bodies.error()), name()));
    const auto started = std::chrono::steady_clock::now();
    BedrockEmbeddings embeddings(*call.body);
    ProviderAnswer answer;
    bool has_some = false;
    for (const auto& body : *bodies) {
      ProviderCall timed = call;
      const auto used = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - started);
      timed.timeout = std::max(call.timeout - used, Duration(1));
      auto failure = co_await embed_some(timed, json::serialize(body), embeddings, answer);
      if (failure) {
        // What was embedded before is billed, and lost.
        failure->may_be_billed = failure->may_be_billed || has_some;
        if (has_some) failure->usage = tokens_of(embeddings);
        co_return std::unexpected(std::move(*failure));
      }
      has_some = true;
    }
    answer.provider_model = call.model->id;
    answer.usage = tokens_of(embeddings);
    take_over(answer.body, embeddings.finish(call.model->id));
    co_return answer;
  }

  static std::optional<finops::TokenCounts> tokens_of(const BedrockEmbeddings& embeddings) {
    const auto count = embeddings.tokens();
    if (!count) return std::nullopt;
    finops::TokenCounts tokens;
    tokens.input = *count;
    return tokens;
  }

  io::Task<std::optional<ProviderFailure>> embed_some(const ProviderCall& call, std::string body,
                                                      BedrockEmbeddings& embeddings, ProviderAnswer& answer) {
    auto response = co_await wire_.post(call, "invoke", std::move(body));
    if (!response) co_return std::move(response.error());
    auto& upstream = **response;
    auto text = co_await upstream.read_all(answer_bytes_max);
    if (!text) {
      auto failure = failure_of_transport(std::move(text.error()));
      failure.may_be_billed = true;  // the answer had begun
      failure.provider_request = request_id_of(upstream, call);
      co_return failure;
    }
    const auto parsed = parse_json_object(*text, {answer_bytes_max, 32}, JsonMemory::Pooled);
    if (!parsed || !embeddings.add(*parsed, upstream.headers())) {
      auto failure = not_an_answer(*text);
      failure.may_be_billed = !parsed;
      failure.provider_request = request_id_of(upstream, call);
      co_return failure;
    }
    answer.provider_request = request_id_of(upstream, call);
    co_return std::nullopt;
  }

  BedrockWire wire_;
  BedrockRules rules_;
};

/// Letters, digits and '-', as in "eu-central-1".
bool is_region(std::string_view text) {
  return !text.empty() && text.size() <= 40 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

/// One way to prove who calls, and whole.
Result<void> put_credentials(const gateway::ProviderParts& parts, BedrockEndpoint& endpoint) {
  endpoint.bearer = parts.api_key;
  if (!endpoint.bearer.empty()) {
    if (parts.secrets.empty() && !parts.config->options["credentials"].is_set()) return {};
    return fail(ErrorCode::InvalidConfig, "the provider {} of kind bedrock takes either api_key or credentials that sign",
                parts.config->name);
  }
  const auto variable = [](const char* name) { return std::getenv(name); };
  auto source = make_aws_credentials(parts, variable, system_clock());
  if (!source) return pass(source);
  endpoint.credentials = std::move(*source);
  return {};
}

Result<BedrockRules> read_rules(const config::Node& options) {
  BedrockRules rules;
  if (const auto& option = options["reasoning"]; option.is_set()) {
    if (option.text() == "adaptive")
      rules.reasoning = AnthropicReasoning::Adaptive;
    else if (option.text() != "budget") {
      return std::unexpected(
          option.error(fmt::format("\"{}\" is no way to ask for reasoning", option.text()), "Use budget or adaptive."));
    }
  }
  rules.s3_prefix = options["s3_prefix"].text();
  const bool is_place = rules.s3_prefix.starts_with("s3://") && rules.s3_prefix.size() > 6 && rules.s3_prefix.ends_with('/');
  if (!rules.s3_prefix.empty() && !is_place) {
    return std::unexpected(options["s3_prefix"].error("s3_prefix must name a bucket, or a folder in one",
                                                      "Write it as s3://bucket/folder/."));
  }
  rules.guardrail = options["guardrail"].text();
  rules.guardrail_version = options["guardrail_version"].text();
  if (rules.guardrail.empty() != rules.guardrail_version.empty()) {
    const auto& there = rules.guardrail.empty() ? options["guardrail_version"] : options["guardrail"];
    return std::unexpected(there.error("guardrail and guardrail_version go together",
                                       "Set both, as in guardrail: gr-1abc and guardrail_version: \"3\"."));
  }
  return rules;
}

}  // namespace

std::string bedrock_host(std::string_view region) {
  return fmt::format("bedrock-runtime.{}.amazonaws.com{}", region, region.starts_with("cn-") ? ".cn" : "");
}

gateway::ProviderKindFacts bedrock_facts() {
  return {"https://" + bedrock_host(usual_region),
          {"region", "host", "reasoning", "guardrail", "guardrail_version", "s3_prefix", "credentials", "profile",
           "credentials_file", "credentials_endpoint"},
          {"access_key_id", "secret_access_key", "session_token"}};
}

Result<std::unique_ptr<gateway::Provider>> make_bedrock(const gateway::ProviderParts& parts) {
  const auto& options = parts.config->options;
  BedrockEndpoint endpoint;
  endpoint.provider = parts.config->name;
  endpoint.region = options["region"].text();
  if (!is_region(endpoint.region)) {
    return std::unexpected((options["region"].is_set() ? options["region"] : options)
                               .error(fmt::format("the provider {} needs a region", parts.config->name),
                                      "Set options.region, as in eu-central-1."));
  }
  auto rules = read_rules(options);
  if (!rules) return pass(rules);
  auto put = put_credentials(parts, endpoint);
  if (!put) return pass(put);
  endpoint.origin = parts.config->origin;
  if (endpoint.origin.host == bedrock_host(usual_region)) endpoint.origin.host = bedrock_host(endpoint.region);
  endpoint.signed_host = options["host"].text();
  endpoint.client = parts.client;
  endpoint.headers.add("Content-Type", "application/json");
  for (const auto& [name, value] : parts.config->headers) endpoint.headers.set(name, value);
  return std::make_unique<Bedrock>(std::move(endpoint), std::move(*rules));
}

}  // namespace millwright::extensions
