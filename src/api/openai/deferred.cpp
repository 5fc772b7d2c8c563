#include "api/openai/deferred.hpp"

#include "api/openai/response_calls.hpp"
#include "api/openai/surface.hpp"
#include "base/text.hpp"
#include "io/http/media_type.hpp"

namespace millwright::api::openai {
namespace {

constexpr std::string_view header_name = "x-millwright-defer";

std::unexpected<Error> bad_header(std::string message) {
  auto error = fail(ErrorCode::InvalidInput, "{}", message);
  error.error().where.field = header_name;
  error.error().fix = "Send off-peak or any, and if need be a deadline: off-peak; deadline=6h.";
  return error;
}

/// The line the call becomes, whose body is the caller's own text.
std::string line_of(std::string_view endpoint, std::string_view body) {
  std::string line = fmt::format(R"({{"custom_id":"deferred","method":"POST","url":"{}","body":)", endpoint);
  for (const char c : body) line += c == '\n' || c == '\r' ? ' ' : c;   // white space between JSON's tokens
  return line + "}\n";
}

Result<batches::Batch> make_batch(batches::Batches& batches, const gateway::Caller& caller, const std::string& endpoint,
                                  const std::string& body, const Deferral& deferral) {
  auto file = batches.files().make(gateway::response_scope(caller));
  auto written = file->writer.write(line_of(endpoint, body));
  if (!written) return pass(written);
  auto kept = batches.files().keep(*file, "batch", "deferred.jsonl", std::nullopt);
  if (!kept) return pass(kept);
  batches::NewBatch batch;
  batch.caller = caller;
  batch.endpoint = endpoint;
  batch.input_file = kept->id;
  batch.window = deferral.window;
  batch.time = deferral.time;
  batch.off_peak = deferral.off_peak;
  auto created = batches.create(std::move(batch));
  if (!created) {
    auto removed = batches.files().remove(*kept);
    if (!removed) return pass(removed);
  }
  return created;
}

io::Task<Result<io::http::Response>> defer(Parts parts, const io::http::Request& http, std::string endpoint) {
  auto caller = read_caller(http, parts);
  if (!caller) co_return pass(caller);
  auto deferral = parse_deferral(http.headers.find(header_name), parts.clock->now());
  if (!deferral) co_return pass(deferral);
  auto body = parse_json_object(http.body);
  if (!body) {
    if (body.error().where.source.empty()) body.error().where.source = "request body";
    co_return pass(body);
  }
  if (const auto* stream = find_member(*body, "stream"); stream != nullptr && *stream == true) {
    co_return gateway::field_error("stream", "a deferred call cannot be streamed");
  }
  auto checked = parts.batches->check(endpoint, std::move(*body));
  if (!checked) co_return pass(checked);
  auto work = [batches = parts.batches, caller = *caller, endpoint, text = http.body, deferral = *deferral]() {
    return make_batch(*batches, caller, endpoint, text, deferral);
  };
  auto batch = co_await io::run_blocking(*parts.pool, std::move(work));
  if (!batch) co_return pass(batch);
  auto response = response_answer(batches::to_json(*batch), Id::generate().text());
  response.status = 202;
  response.headers.set("Location", "/v1/batches/" + batch->id);
  co_return response;
}

}  // namespace

Result<Deferral> parse_deferral(std::string_view header, Timestamp now) {
  auto parsed = io::http::parse_parameterized(header);
  if (!parsed) return bad_header(parsed.error().message);
  Deferral deferral;
  if (parsed->value == "off-peak") deferral.off_peak = batches::OffPeak::Prefer;
  else if (parsed->value == "any") deferral.off_peak = batches::OffPeak::Ignore;
  else return bad_header(fmt::format("\"{}\" is not a way to defer a call", utf8_prefix(to_valid_utf8(parsed->value), 40)));
  for (const auto& [name, value] : parsed->parameters) {
    if (name != "deadline") return bad_header(fmt::format("there is no parameter \"{}\"", utf8_prefix(to_valid_utf8(name), 40)));
    if (auto duration = parse_duration(value)) {
      deferral.time = *duration;
    } else if (auto time = parse_time(value)) {
      deferral.time = std::chrono::duration_cast<Duration>(*time - now);
    } else {
      return bad_header("the deadline is neither a duration as 6h nor a time as 2026-11-24T06:00:00Z");
    }
    deferral.window = value;
  }
  return deferral;
}

io::Task<void> defer_call(Parts parts, io::http::Exchange& exchange, std::string endpoint) {
  auto result = co_await defer(parts, exchange.request(), std::move(endpoint));
  co_await send_result(exchange, std::move(result));
}

Route deferrable_row(std::string pattern, const Parts& parts, io::Task<void> (*handler)(Parts, io::http::Exchange&)) {
  auto row = surface_row(io::http::Method::Post, pattern, parts, handler);
  row.handler = AsyncHandler([parts, handler, pattern](io::http::Exchange& exchange) {
    const bool is_deferred = parts.batches != nullptr && exchange.request().headers.has(header_name);
    return is_deferred ? defer_call(parts, exchange, pattern) : handler(parts, exchange);
  });
  return row;
}

}  // namespace millwright::api::openai
