#include "extensions/providers/bedrock_wire.hpp"

#include <algorithm>

#include "extensions/providers/bedrock_messages.hpp"
#include "extensions/providers/percent.hpp"
#include "extensions/providers/upstream.hpp"

namespace millwright::extensions {
namespace {

constexpr std::int64_t skew_min_us = 30'000'000;  // below that it was not the clock

}  // namespace

std::string bedrock_path(std::string_view model_id, std::string_view verb) {
  return fmt::format("/model/{}/{}", percent_encoded(model_id), verb);
}

io::Task<Result<AwsCredentials>> BedrockWire::load_keys(Duration timeout, const io::http::Cancellation* cancellation) {
  if (!endpoint_.credentials) co_return AwsCredentials();
  auto keys = co_await endpoint_.credentials->load(timeout, cancellation);
  co_return keys;
}

void BedrockWire::sign(io::http::ClientRequest& request, const AwsCredentials& keys) const {
  if (!endpoint_.bearer.empty()) {
    request.headers.set("Authorization", "Bearer " + endpoint_.bearer);
    return;
  }
  const auto host = endpoint_.signed_host.empty() ? endpoint_.origin.authority() : endpoint_.signed_host;
  const auto path = endpoint_.origin.base_path + request.path;
  const auto now = system_clock().now() + std::chrono::microseconds(clock_offset_us_.load());
  sign_aws_request({io::http::method_name(request.method), host, path, "", request.body, endpoint_.region, "bedrock"},
                   keys, now, request.headers);
}

io::http::ClientRequest BedrockWire::make_request(const gateway::ProviderCall& call, std::string_view verb,
                                                  std::string body, const AwsCredentials& keys) const {
  io::http::ClientRequest request;
  request.path = bedrock_path(call.model->id, verb);
  request.headers = endpoint_.headers;
  request.headers.add("Accept", verb == "converse-stream" ? "application/vnd.amazon.eventstream" : "application/json");
  request.body = std::move(body);
  sign(request, keys);
  return request;
}

io::Task<Result<std::unique_ptr<io::http::ClientResponse>>> BedrockWire::send_raw(
    io::http::ClientRequest request, Duration timeout, const io::http::Cancellation* cancellation) {
  if (request.path.find('?') != std::string::npos) {
    co_return fail(ErrorCode::InvalidInput, "Bedrock's runtime takes no query");
  }
  auto keys = co_await load_keys(timeout, cancellation);
  if (!keys) co_return pass(keys);
  put_credentials(endpoint_.headers, request.headers);
  sign(request, *keys);
  auto response = co_await endpoint_.client->send(endpoint_.origin, std::move(request), timeout, cancellation);
  co_return response;
}

bool BedrockWire::has_learned_time(const gateway::ProviderFailure& failure, const io::http::Headers& headers) {
  if (!endpoint_.bearer.empty()) return false;
  const auto now = system_clock().now();
  auto theirs = find_aws_time(failure.error.message);
  if (!theirs) theirs = http_date(headers.find("date"));
  if (!theirs) return false;
  const auto offset = (*theirs - now).count();
  const auto known = clock_offset_us_.load();
  if (std::abs(offset - known) < skew_min_us) return false;
  clock_offset_us_.store(offset);
  return true;
}

io::Task<std::expected<std::unique_ptr<io::http::ClientResponse>, gateway::ProviderFailure>> BedrockWire::post(
    const gateway::ProviderCall& call, std::string_view verb, std::string body) {
  const auto started = std::chrono::steady_clock::now();
  for (int tried = 0;; ++tried) {
    const auto used = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - started);
    const auto timeout = std::max(call.timeout - used, Duration(1));
    auto keys = co_await load_keys(timeout, call.cancellation);
    if (!keys) {
      auto failure = failure_of_transport(std::move(keys.error()));
      failure.is_retryable = failure.error.code == ErrorCode::Unavailable || failure.error.code == ErrorCode::Timeout;
      co_return std::unexpected(std::move(failure));
    }
    auto response = co_await endpoint_.client->send(endpoint_.origin, make_request(call, verb, body, *keys), timeout,
                                                    call.cancellation);
    if (!response) co_return std::unexpected(failure_of_transport(std::move(response.error())));
    auto& upstream = **response;
    if (upstream.status() >= 200 && upstream.status() < 300) co_return std::move(*response);
    auto text = co_await upstream.read_all(error_bytes_max);
    auto failure = make_bedrock_failure(upstream.status(), upstream.headers().find("x-amzn-errortype"),
                                        text ? *text : std::string(), endpoint_.provider);
    failure.provider_request = upstream.headers().find("x-amzn-requestid");
    failure.error.retry_after = retry_after(upstream.headers(), system_clock().now());
    const bool is_late = is_clock_skew(failure) && has_learned_time(failure, upstream.headers());
    const bool has_ended = is_ended_token(failure) && endpoint_.credentials && endpoint_.credentials->forget(*keys);
    if (tried > 0 || (!is_late && !has_ended)) co_return std::unexpected(std::move(failure));
  }
}

}  // namespace millwright::extensions
