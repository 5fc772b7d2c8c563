#include "extensions/providers/cohere.hpp"

#include <algorithm>

#include "extensions/providers/cohere_answer.hpp"
#include "extensions/providers/cohere_request.hpp"
#include "extensions/providers/embeddings.hpp"
#include "extensions/providers/raw_usage.hpp"
#include "extensions/providers/upstream.hpp"

namespace millwright::extensions {
namespace {

using gateway::Operation;
using gateway::ProviderResult;

class Cohere final : public gateway::Provider {
 public:
  explicit Cohere(const gateway::ProviderParts& parts)
      : name_(parts.config->name),
        origin_(parts.config->origin),
        client_(*parts.client),
        input_type_("search_document") {
    if (const auto& type = parts.config->options["input_type"]; type.is_set()) input_type_ = type.text();
    headers_.add("Content-Type", "application/json");
    if (!parts.api_key.empty()) headers_.add("Authorization", "Bearer " + parts.api_key);
    for (const auto& [name, value] : parts.config->headers) headers_.set(name, value);
  }

  [[nodiscard]] std::string_view kind() const override { return "cohere"; }
  [[nodiscard]] bool offers(Operation operation) const override { return operation != Operation::Moderations; }

  [[nodiscard]] io::Task<ProviderResult> chat(const gateway::ProviderCall& call,
                                              const gateway::OnChunk& on_chunk) override {
    if (call.operation == Operation::Embeddings) {
      auto result = co_await embed(call, on_chunk);
      co_return result;
    }
    const bool is_chat = call.operation == Operation::Chat;
    auto body = is_chat ? encode_cohere_chat(*call.body, call.is_streamed) : encode_cohere_rerank(*call.body);
    if (!body) co_return std::unexpected(failure_of_translation(std::move(body.error()), name_));
    const auto frame = frame_of(name_, call);
    auto dialect = make_dialect();
    if (is_chat) {
      dialect.read_answer = [&frame](const json::object& answer) { return read_cohere_answer(answer, frame); };
      if (call.is_streamed) dialect.stream = std::make_unique<CohereStream>(frame);
    } else {
      dialect.read_answer = [&frame, &call](const json::object& answer) {
        return read_cohere_ranking(answer, *call.body, frame);
      };
    }
    auto request = make_request(is_chat ? "/chat" : "/rerank", *body, call.is_streamed);
    auto result = co_await call_dialect(client_, origin_, std::move(request), dialect, call, on_chunk);
    co_return result;
  }

  [[nodiscard]] io::Task<Result<std::unique_ptr<io::http::ClientResponse>>> send_raw(
      io::http::ClientRequest request, Duration timeout, const io::http::Cancellation* cancellation) override {
    put_credentials(headers_, request.headers);
    return client_.send(origin_, std::move(request), timeout, cancellation);
  }
  void read_raw_usage(std::string_view path, const json::object& answer, gateway::RawUsage& usage) const override {
    read_cohere_raw_usage(path, answer, usage);
  }

 private:
  [[nodiscard]] Dialect make_dialect() const {
    Dialect dialect;
    dialect.provider = name_;
    dialect.stream_type = "text/event-stream";
    dialect.read_failure = [name = name_](std::uint16_t status, std::string_view body) {
      return failure_of_cohere(status, body, name);
    };
    return dialect;
  }

  [[nodiscard]] io::http::ClientRequest make_request(std::string_view path, const json::object& body,
                                                     bool is_streamed) const {
    io::http::ClientRequest request;
    request.path = path;
    request.headers = headers_;
    request.headers.add("Accept", is_streamed ? "text/event-stream" : "application/json");
    request.body = json::serialize(body);
    return request;
  }

  /// As many calls as the inputs need, one after the other. What the first ones cost is booked when a later one fails.
  io::Task<ProviderResult> embed(const gateway::ProviderCall& call, const gateway::OnChunk& on_chunk) {
    auto requests = encode_cohere_embed(*call.body, input_type_);
    if (!requests) co_return std::unexpected(failure_of_translation(std::move(requests.error()), name_));
    json::array vectors;
    std::optional<finops::TokenCounts> usage;
    gateway::ProviderAnswer whole;
    auto dialect = make_dialect();
    dialect.read_answer = [this, &vectors](const json::object& body) -> ProviderResult {
      auto read = read_cohere_vectors(body, name_);
      if (!read) return std::unexpected(std::move(read.error()));
      std::ranges::move(*read, std::back_inserter(vectors));
      gateway::ProviderAnswer answer;
      answer.usage = read_cohere_usage(body);
      answer.provider_request = string_member(body, "id");
      return answer;
    };
    bool is_known = true;  // every answer so far has told its usage
    const auto until = std::chrono::steady_clock::now() + call.timeout;
    for (const auto& each : *requests) {
      auto one = call;
      one.timeout =
          std::max(std::chrono::duration_cast<Duration>(until - std::chrono::steady_clock::now()), Duration(1));
      auto result =
          co_await call_dialect(client_, origin_, make_request("/embed", each, false), dialect, one, on_chunk);
      if (!result) {
        auto& failure = result.error();
        if (usage && failure.usage)
          *failure.usage += *usage;
        else if (usage)
          failure.usage = usage;
        failure.may_be_billed |= &each != &requests->front();
        co_return result;
      }
      is_known = is_known && result->usage.has_value();
      if (result->usage) usage = usage.value_or(finops::TokenCounts{}) += *result->usage;
      if (whole.provider_request.empty()) whole.provider_request = std::move(result->provider_request);
    }
    if (is_known) whole.usage = usage;
    whole.provider_model = call.model->id;
    const auto tokens = usage ? usage->input + usage->image_in : 0;
    whole.body = render_embeddings(vectors, call.model->id, wants_base64(*call.body).value_or(false), tokens);
    co_return whole;
  }

  std::string name_;
  io::http::Origin origin_;
  io::http::Client& client_;
  io::http::Headers headers_;
  std::string input_type_;
};

}  // namespace

gateway::ProviderKindFacts cohere_facts() { return {"https://api.cohere.com/v2", {"input_type"}, {}}; }

Result<std::unique_ptr<gateway::Provider>> make_cohere(const gateway::ProviderParts& parts) {
  return std::make_unique<Cohere>(parts);
}

}  // namespace millwright::extensions
