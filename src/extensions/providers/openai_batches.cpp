#include "extensions/providers/openai_batches.hpp"

#include <array>

#include "base/text.hpp"
#include "extensions/providers/openai.hpp"
#include "extensions/providers/openai_request.hpp"
#include "extensions/providers/upstream.hpp"

namespace millwright::extensions {
namespace {

using gateway::BatchItem;
using gateway::BatchItemResult;
using gateway::BatchProgress;
using io::http::Method;

constexpr std::size_t input_bytes_max = 64u << 20;
constexpr std::size_t output_bytes_max = 256u << 20;
constexpr Duration patience{60'000};
constexpr Duration file_patience{10 * 60'000};
constexpr std::string_view tag_name = "millwright";

/// The item in the server's words; what cannot be said goes as it stands, for the server to refuse that line alone.
json::object body_of(gateway::Operation operation, const BatchItem& item, const OpenAiPreset& preset) {
  if (operation != gateway::Operation::Chat) return item.body;
  auto encoded = encode_openai_chat(item.body, preset);
  return encoded && *encoded ? std::move(**encoded) : item.body;
}

std::string lines_of(gateway::Operation operation, const std::vector<BatchItem>& items, const OpenAiPreset& preset) {
  const auto url = fmt::format("/v1{}", openai_path(operation));
  std::string lines;
  for (const auto& item : items) {
    lines += json::serialize(json::object{
        {"custom_id", item.id}, {"method", "POST"}, {"url", url}, {"body", body_of(operation, item, preset)}});
    lines += '\n';
  }
  return lines;
}

/// The lines hold no line end within themselves, so that no boundary can begin in one but at its start, with a brace.
std::string form_of(std::string_view boundary, std::string_view lines) {
  return fmt::format("--{0}\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--{0}\r\n"
                     "Content-Disposition: form-data; name=\"file\"; filename=\"batch.jsonl\"\r\n"
                     "Content-Type: application/jsonl\r\n\r\n{1}\r\n--{0}--\r\n",
                     boundary, lines);
}

std::string member_text(const json::object& object, std::string_view name) {
  return std::string(string_member(object, name));
}

/// An answer or a failure out of `response` of one line.
gateway::ProviderResult result_of(const json::object& response, std::string_view provider) {
  const auto* code = find_member(response, "status_code");
  const auto* body = find_member(response, "body");
  const auto status = code != nullptr && code->is_int64() ? static_cast<std::uint16_t>(code->get_int64()) : 0;
  if (status < 200 || status >= 300 || body == nullptr || !body->is_object()) {
    return std::unexpected(failure_of_openai(status == 0 ? 502 : status, body == nullptr ? "" : json::serialize(*body), provider));
  }
  gateway::ProviderAnswer answer;
  answer.body = body->get_object();
  answer.usage = read_openai_usage(answer.body);
  answer.provider_model = member_text(answer.body, "model");
  answer.provider_request = member_text(response, "request_id");
  return answer;
}

}  // namespace

void read_openai_batch_lines(std::string_view text, std::string_view provider, std::vector<BatchItemResult>& results) {
  for (const auto line : split(text, '\n')) {
    auto parsed = parse_json_object(line, {answer_bytes_max, 128});
    if (!parsed) continue;
    const auto id = member_text(*parsed, "custom_id");
    const auto* response = find_member(*parsed, "response");
    if (id.empty()) continue;
    if (response != nullptr && response->is_object()) {
      results.push_back({id, result_of(response->get_object(), provider)});
      continue;
    }
    // It was not called: expired, cancelled, or refused before. Another way may do.
    const auto* error = find_member(*parsed, "error");
    gateway::ProviderFailure failure;
    failure.is_retryable = true;
    failure.error.code = ErrorCode::UpstreamFailed;
    failure.error.message = fmt::format("the batch of {} did not call this line: {}", provider,
                                        error != nullptr ? utf8_prefix(json::serialize(*error), 200) : "");
    results.push_back({id, std::unexpected(std::move(failure))});
  }
}

BatchProgress read_openai_batch(const json::object& batch) {
  BatchProgress progress;
  const auto status = string_member(batch, "status");
  constexpr std::array<std::string_view, 3> ended{"completed", "expired", "cancelled"};
  if (status == "failed") {
    progress.phase = BatchProgress::Phase::Lost;
    const auto* errors = find_member(batch, "errors");
    progress.message = errors != nullptr ? std::string(utf8_prefix(json::serialize(*errors), 500)) : "it failed";
  } else if (std::ranges::find(ended, status) != ended.end()) {
    progress.phase = BatchProgress::Phase::Ended;
    for (const auto* name : {"output_file_id", "error_file_id"}) {
      if (auto file = member_text(batch, name); !file.empty()) progress.results.push_back(std::move(file));
    }
  }
  progress.input = member_text(batch, "input_file_id");
  return progress;
}

gateway::BatchEndpoint::Limits OpenAiBatches::limits() const { return {50'000, input_bytes_max}; }

io::Task<Result<OpenAiBatches::Answer>> OpenAiBatches::ask(Method method, std::string path, std::string body,
                                                           std::string content_type) {
  io::http::ClientRequest request;
  request.method = method;
  request.path = std::move(path);
  request.headers = endpoint_.headers;
  if (!content_type.empty()) request.headers.set("Content-Type", std::move(content_type));
  if (method != Method::Post) request.headers.remove("Content-Type");
  request.body = std::move(body);
  const auto timeout = request.body.size() > (1u << 20) ? file_patience : patience;
  auto response = co_await endpoint_.client->send(endpoint_.origin, std::move(request), timeout);
  if (!response) co_return pass(response);
  Answer answer;
  answer.status = (*response)->status();
  (*response)->expire_after(file_patience);
  auto text = co_await (*response)->read_all(answer.status < 300 ? output_bytes_max : error_bytes_max);
  if (!text) co_return pass(text);
  answer.body = std::move(*text);
  co_return answer;
}

io::Task<Result<json::object>> OpenAiBatches::ask_json(Method method, std::string path, std::string body,
                                                       std::string content_type) {
  auto answer = co_await ask(method, std::move(path), std::move(body), std::move(content_type));
  if (!answer) co_return pass(answer);
  if (answer->status < 200 || answer->status >= 300) {
    auto failure = failure_of_openai(answer->status, answer->body, endpoint_.provider);
    if (answer->status == 404 || answer->status == 405) failure.error.code = ErrorCode::NotFound;
    co_return std::unexpected(std::move(failure.error));
  }
  auto parsed = parse_json_object(answer->body, {answer_bytes_max, 64});
  if (!parsed) co_return fail(ErrorCode::UpstreamFailed, "{} answered with what is not JSON", endpoint_.provider);
  co_return parsed;
}

io::Task<Result<std::string>> OpenAiBatches::submit(gateway::Operation operation, const std::vector<BatchItem>& items,
                                                    std::string tag) {
  const auto boundary = "millwright-" + Id::generate().text();
  auto form = form_of(boundary, lines_of(operation, items, *endpoint_.preset));
  auto file = co_await ask_json(Method::Post, "/files", std::move(form), "multipart/form-data; boundary=" + boundary);
  if (!file) co_return pass(file);
  const auto input = member_text(*file, "id");
  json::object metadata;
  metadata[tag_name] = tag;
  json::object request{{"input_file_id", input},
                       {"endpoint", fmt::format("/v1{}", openai_path(operation))},
                       {"completion_window", "24h"},
                       {"metadata", std::move(metadata)}};
  auto batch = co_await ask_json(Method::Post, "/batches", json::serialize(request));
  if (batch) {
    auto name = member_text(*batch, "id");
    if (name.empty()) co_return fail(ErrorCode::UpstreamFailed, "{} named no batch", endpoint_.provider);
    co_return name;
  }
  auto removed = co_await ask(Method::Delete, "/files/" + input);
  (void)removed;   // it was an attempt: the refusal is what counts
  co_return pass(batch);
}

io::Task<Result<std::optional<std::string>>> OpenAiBatches::find(std::string tag) {
  auto list = co_await ask_json(Method::Get, "/batches?limit=100");
  if (!list) {
    if (list.error().code == ErrorCode::NotFound) co_return std::optional<std::string>();   // it has no batches at all
    co_return pass(list);
  }
  const auto* data = find_member(*list, "data");
  if (data == nullptr || !data->is_array()) co_return std::optional<std::string>();
  for (const auto& item : data->get_array()) {
    const auto* metadata = item.is_object() ? find_member(item.get_object(), "metadata") : nullptr;
    const bool is_ours = metadata != nullptr && metadata->is_object() && string_member(metadata->get_object(), tag_name) == tag;
    if (is_ours) co_return std::optional(member_text(item.get_object(), "id"));
  }
  co_return std::optional<std::string>();
}

io::Task<Result<BatchProgress>> OpenAiBatches::poll(std::string name) {
  auto batch = co_await ask_json(Method::Get, "/batches/" + name);
  if (!batch && batch.error().code == ErrorCode::NotFound) {
    co_return BatchProgress{BatchProgress::Phase::Lost, {}, {}, "the provider does not know it"};
  }
  if (!batch) co_return pass(batch);
  co_return read_openai_batch(*batch);
}

io::Task<Result<void>> OpenAiBatches::cancel(std::string name) {
  auto batch = co_await ask_json(Method::Post, "/batches/" + name + "/cancel");
  if (!batch && batch.error().code != ErrorCode::InvalidInput && batch.error().code != ErrorCode::NotFound) {
    co_return pass(batch);
  }
  co_return Result<void>();   // what has ended cannot be cancelled, and need not be
}

io::Task<Result<std::vector<BatchItemResult>>> OpenAiBatches::results(BatchProgress progress) {
  std::vector<BatchItemResult> results;
  for (const auto& file : progress.results) {
    auto answer = co_await ask(Method::Get, "/files/" + file + "/content");
    if (!answer) co_return pass(answer);
    if (answer->status != 200) {
      co_return std::unexpected(failure_of_openai(answer->status, answer->body, endpoint_.provider).error);
    }
    read_openai_batch_lines(answer->body, endpoint_.provider, results);
  }
  co_return results;
}

io::Task<void> OpenAiBatches::forget(BatchProgress progress) {
  if (!progress.input.empty()) progress.results.push_back(std::move(progress.input));
  for (const auto& file : progress.results) {
    auto removed = co_await ask(Method::Delete, "/files/" + file);
    (void)removed;   // the provider drops them by itself in time
  }
}

}  // namespace millwright::extensions
