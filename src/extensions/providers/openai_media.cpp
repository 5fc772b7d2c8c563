#include "extensions/providers/openai_media.hpp"

#include <map>

#include "extensions/providers/upstream.hpp"
#include "io/sse/sse.hpp"

namespace millwright::extensions {
namespace {

using gateway::Operation;
using gateway::ProviderAnswer;
using gateway::ProviderCall;
using gateway::ProviderFailure;
using gateway::ProviderResult;
using io::http::ClientResponse;

constexpr std::size_t event_bytes_max = 96u << 20;  // an image in base64 is one event

bool is_image(Operation operation) { return operation >= Operation::Images && operation <= Operation::ImageVariations; }

bool is_json(std::string_view type) { return type.empty() || type.starts_with("application/json"); }

/// The member without which an answer in JSON is none.
bool is_answer(Operation operation, const json::object& body) {
  if (!is_image(operation)) return find_member(body, "text") != nullptr || find_member(body, "segments") != nullptr;
  const auto* data = find_member(body, "data");
  return data != nullptr && data->is_array() && !data->get_array().empty();
}

ProviderFailure failed_stream(Error error, const ProviderAnswer& answer) {
  auto failure = failure_of_transport(std::move(error));
  failure.may_be_billed = true;
  failure.usage = answer.usage;
  failure.provider_request = answer.provider_request;
  return failure;
}

io::http::ClientRequest make_request(const OpenAiEndpoint& endpoint, std::string path, const ProviderCall& call) {
  io::http::ClientRequest request;
  request.path = std::move(path);
  request.headers = endpoint.headers;
  request.headers.set("Accept", call.media == nullptr ? "*/*" : "text/event-stream, */*");
  request.headers.set("X-Request-Id", std::string(call.request_id));
  if (call.form == nullptr) {
    request.headers.set("Content-Type", "application/json");
    request.body = json::serialize(*call.body);
    return request;
  }
  std::string boundary;
  request.body = render_openai_form(*call.form, *call.body, boundary);
  request.headers.set("Content-Type", "multipart/form-data; boundary=" + boundary);
  return request;
}

/// One answer on its way: what kind of reading it needs follows from its head.
struct Reading {
  const OpenAiEndpoint& endpoint;
  const ProviderCall& call;
  ClientResponse& upstream;
  ProviderAnswer answer;

  io::Task<ProviderResult> run() {
    answer.provider_request = upstream.headers().find("x-request-id");
    const std::string type(upstream.headers().find("content-type"));
    if (call.media != nullptr && type.starts_with("text/event-stream")) {
      auto result = co_await read_events(type);
      co_return result;
    }
    if (is_json(type)) {
      auto result = co_await read_json();
      co_return result;
    }
    if (call.operation == Operation::Speech && call.media != nullptr && !type.starts_with("text/")) {
      auto result = co_await read_file(type);
      co_return result;
    }
    auto result = co_await read_text(type);
    co_return result;
  }

  io::Task<ProviderResult> read_json() {
    auto text = co_await upstream.read_all(answer_bytes_max);
    if (!text) co_return std::unexpected(failed_stream(std::move(text.error()), answer));
    auto body = parse_json_object(*text, {answer_bytes_max, 64}, JsonMemory::Pooled);
    const auto* error = body ? find_member(*body, "error") : nullptr;
    if (!body || (error != nullptr && !error->is_null()) || !is_answer(call.operation, *body)) {
      // What is not JSON, an error under status 200, an answer without what was asked for: never a success.
      auto failure = failure_of_openai(502, *text, endpoint.provider);
      failure.may_be_billed = !body || failure.usage.has_value();
      co_return std::unexpected(std::move(failure));
    }
    answer.usage = read_openai_media_usage(call.operation, *body);
    answer.provider_model = string_member(*body, "model");
    take_over(answer.body, std::move(*body));
    co_return std::move(answer);
  }

  io::Task<ProviderResult> read_text(const std::string& type) {
    auto text = co_await upstream.read_all(answer_bytes_max);
    if (!text) co_return std::unexpected(failed_stream(std::move(text.error()), answer));
    const bool is_text =
        call.operation >= Operation::Transcriptions && type.starts_with("text/") && !type.starts_with("text/html");
    if (!is_text) {
      auto failure = failure_of_openai(502, {}, endpoint.provider);
      failure.error.message =
          fmt::format("the provider {} answered with {}, which is no answer", endpoint.provider, type);
      failure.may_be_billed = true;
      co_return std::unexpected(std::move(failure));
    }
    answer.bytes = std::move(*text);
    answer.content_type = type;
    co_return std::move(answer);
  }

  io::Task<ProviderResult> read_file(const std::string& type) {
    auto begun = co_await call.media->head(type);
    if (!begun) co_return std::unexpected(failed_stream(std::move(begun.error()), answer));
    bool is_empty = true;
    for (;;) {
      upstream.expire_after(call.idle_timeout);
      auto bytes = co_await upstream.read_some();
      if (!bytes) co_return std::unexpected(failed_stream(std::move(bytes.error()), answer));
      if (bytes->empty()) break;
      is_empty = false;
      auto passed = co_await call.media->bytes(*bytes);
      if (!passed) co_return std::unexpected(failed_stream(std::move(passed.error()), answer));
    }
    if (is_empty) co_return std::unexpected(failed_stream(cut_short(endpoint.provider), answer));
    co_return std::move(answer);
  }

  io::Task<ProviderResult> read_events(const std::string& type) {
    auto begun = co_await call.media->head(type);
    if (!begun) co_return std::unexpected(failed_stream(std::move(begun.error()), answer));
    io::sse::Parser parser(event_bytes_max);
    io::sse::Event event;
    bool is_complete = false;
    for (;;) {
      upstream.expire_after(call.idle_timeout);
      auto bytes = co_await upstream.read_some();
      if (!bytes) co_return std::unexpected(failed_stream(std::move(bytes.error()), answer));
      if (bytes->empty()) break;
      auto fed = parser.feed(*bytes);
      if (!fed) co_return std::unexpected(failed_stream(std::move(fed.error()), answer));
      while (parser.next(event)) {
        if (event.data == "[DONE]") {
          is_complete = true;
          continue;
        }
        auto failure = co_await pass_event(event, is_complete);
        if (failure) co_return std::unexpected(std::move(*failure));
      }
    }
    if (!is_complete) co_return std::unexpected(failed_stream(cut_short(endpoint.provider), answer));
    co_return std::move(answer);
  }

  io::Task<std::optional<ProviderFailure>> pass_event(io::sse::Event& event, bool& is_complete) {
    auto data = parse_json_object(event.data, {event_bytes_max, 64}, JsonMemory::Pooled);
    if (!data) co_return failed_stream(std::move(data.error()), answer);
    const auto kind = std::string(string_member(*data, "type"));
    if (find_member(*data, "error") != nullptr || kind == "error" || event.name == "error") {
      auto failure = failure_of_openai(502, event.data, endpoint.provider);
      failure.usage = answer.usage;
      failure.may_be_billed = true;
      co_return failure;
    }
    if (auto usage = read_openai_media_usage(call.operation, *data)) {
      // Several images of one stream may each report their own.
      if (answer.usage && kind.ends_with(".completed"))
        *answer.usage += *usage;
      else
        answer.usage = usage;
    }
    if (kind.ends_with(".completed") || kind.ends_with(".done")) is_complete = true;
    if (answer.provider_model.empty()) answer.provider_model = string_member(*data, "model");
    auto passed = co_await call.media->event(event.name, std::move(*data));
    if (!passed) co_return failed_stream(std::move(passed.error()), answer);
    co_return std::nullopt;
  }
};

}  // namespace

std::string_view openai_media_path(Operation operation) {
  switch (operation) {
    case Operation::Images: return "/images/generations";
    case Operation::ImageEdits: return "/images/edits";
    case Operation::ImageVariations: return "/images/variations";
    case Operation::Speech: return "/audio/speech";
    case Operation::Transcriptions: return "/audio/transcriptions";
    default: return "/audio/translations";
  }
}

io::Task<ProviderResult> call_openai_media(const OpenAiEndpoint& endpoint, std::string path, const ProviderCall& call) {
  auto response = co_await endpoint.client->send(endpoint.origin, make_request(endpoint, std::move(path), call),
                                                 call.timeout, call.cancellation);
  if (!response) co_return std::unexpected(failure_of_transport(std::move(response.error())));
  auto& upstream = **response;
  if (upstream.status() < 200 || upstream.status() >= 300) {
    auto body = co_await upstream.read_all(error_bytes_max);
    auto failure = failure_of_openai(upstream.status(), body ? *body : std::string(), endpoint.provider);
    failure.error.retry_after = retry_after(upstream.headers(), system_clock().now());
    failure.provider_request = upstream.headers().find("x-request-id");
    co_return std::unexpected(std::move(failure));
  }
  Reading reading{endpoint, call, upstream, {}};
  auto result = co_await reading.run();
  co_return result;
}

std::string render_openai_form(const io::http::Form& form, const json::object& body, std::string& boundary) {
  std::vector<std::string_view> contents;
  std::map<std::string, std::size_t, std::less<>> taken;  // of lists
  std::size_t bytes = 256;
  for (const auto& part : form) {
    contents.emplace_back(part.content);
    const auto* value = part.file_name ? nullptr : find_member(body, part.name);
    if (value != nullptr && value->is_array()) {
      const auto index = taken[part.name]++;
      value = index < value->get_array().size() ? &value->get_array()[index] : nullptr;
    }
    if (value != nullptr && value->is_string()) contents.back() = value->get_string();
    bytes += contents.back().size() + part.name.size() + 512;
  }
  boundary = io::http::choose_boundary(contents);
  std::string text;
  text.reserve(bytes);
  for (std::size_t i = 0; i < form.size(); ++i) io::http::append_form_part(text, boundary, form[i], contents[i]);
  io::http::append_form_end(text, boundary);
  return text;
}

}  // namespace millwright::extensions
