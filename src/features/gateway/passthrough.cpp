#include "features/gateway/passthrough.hpp"

#include <algorithm>
#include <cctype>
#include <exception>

#include <spdlog/spdlog.h>

#include "base/text.hpp"
#include "features/gateway/passthrough_call.hpp"
#include "io/http/target.hpp"

namespace millwright::gateway {
namespace {

constexpr std::int64_t headroom_tokens = 64;

bool is_json(const io::http::Headers& headers) {
  return headers.find("content-type").find("json") != std::string_view::npos;
}

/// The limit on the answer that the request names, in any dialect.
std::optional<std::int64_t> output_limit(const json::object& body) {
  for (const auto* name :
       {"max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens", "maxTokens"}) {
    const auto* limit = find_member(body, name);
    if (limit != nullptr && limit->is_int64() && limit->get_int64() >= 0) return limit->get_int64();
  }
  for (const auto* group : {"generationConfig", "generation_config", "inferenceConfig"}) {
    const auto* inner = find_member(body, group);
    if (inner != nullptr && inner->is_object()) return output_limit(inner->get_object());
  }
  return std::nullopt;
}

std::int64_t choices_of(const json::object& body) {
  std::int64_t most = 1;
  for (const auto* name : {"n", "candidateCount", "candidate_count"}) {
    const auto* count = find_member(body, name);
    if (count != nullptr && count->is_int64()) most = std::max(most, std::min<std::int64_t>(count->get_int64(), 1'000));
  }
  const auto* inner = find_member(body, "generationConfig");
  return inner != nullptr && inner->is_object() ? std::max(most, choices_of(inner->get_object())) : most;
}

/// "/v1beta/models/gemini-2.5-pro:generateContent", "/model/NAME/converse" → the name.
std::string model_in_path(std::string_view path) {
  const auto segments = split(path, '/');
  for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
    if (segments[i] != "models" && segments[i] != "model" && segments[i] != "deployments") continue;
    const auto segment = segments[i + 1];   // behind the colon: a verb, or the version of an id
    const auto colon = segment.rfind(':');
    const bool has_verb = colon != std::string_view::npos && colon + 1 < segment.size() &&
                          std::isalpha(static_cast<unsigned char>(segment[colon + 1])) != 0;
    return io::http::decoded_query_part(has_verb ? segment.substr(0, colon) : segment);
  }
  return {};
}

/// Whatever a call uses of it costs nothing, and that is known.
bool is_free_price(const finops::ModelPrice& price) {
  const auto costs = [](const finops::PriceVariant& variant) { return variant.rates != finops::RateCard(); };
  return !price.is_unpriced && static_cast<const finops::RateCard&>(price) == finops::RateCard() &&
         price.images.empty() && price.audio_second == UnitPrice() && price.character == UnitPrice() &&
         std::ranges::none_of(price.variants, costs);
}

/// Ollama names a model's newest version ":latest", or not at all.
std::string_view without_latest(std::string_view name) {
  constexpr std::string_view latest = ":latest";
  return name.ends_with(latest) ? name.substr(0, name.size() - latest.size()) : name;
}

std::unexpected<Error> closed(std::string message, std::string rule, std::string fix) {
  auto error = fail(ErrorCode::Forbidden, "{}", message);
  error.error().rule = std::move(rule);
  error.error().fix = std::move(fix);
  return error;
}

}  // namespace

PassthroughCall::PassthroughCall(Gateway::State& shared, RawCall call)
    : call_(std::move(call)), billed_(shared, call_.caller, "passthrough") {}

io::Task<RawOutcome> PassthroughCall::run() {
  if (call_.on_client_gone) {
    call_.on_client_gone([state = &billed_.cancellation]() { state->cancel(); });
  }
  Result<void> served;
  try {
    served = co_await serve();
  } catch (const std::exception& e) {
    spdlog::error("call {} ended in an exception: {}", billed_.trace.id.text(), e.what());
    served = fail(ErrorCode::Internal, "the gateway failed (error id {})", billed_.trace.id.text());
  }
  if (!served)
    billed_.fail(std::move(served.error()));
  else
    billed_.note_status(status_);
  finops::ModelPrice price;
  const auto used = usage(price);
  auto settled = co_await billed_.settle(used, was_sent_ && is_billable() ? &price : nullptr);
  if (!settled) billed_.fail(std::move(settled.error()));
  RawOutcome outcome;
  outcome.error = billed_.error();
  outcome.error_from_provider = is_provider_fault_;
  outcome.rates = billed_.rates;
  outcome.trace = std::move(billed_.trace);
  co_return outcome;
}

io::Task<Result<void>> PassthroughCall::serve() {
  for (const auto stage : {&PassthroughCall::admit, &PassthroughCall::check_path, &PassthroughCall::read_body}) {
    auto passed = (this->*stage)();
    if (!passed) co_return passed;
  }
  auto flows = billed_.check_flow(config_->facts);
  if (!flows) co_return flows;
  auto reserved = co_await reserve();
  if (!reserved) co_return reserved;
  auto exchanged = co_await exchange();
  co_return exchanged;
}

Result<void> PassthroughCall::admit() {
  billed_.trace.provider = utf8_prefix(call_.provider, 64);
  auto resolved = billed_.resolve(call_.use_case);
  if (!resolved) return resolved;
  auto real = BilledCall::check_dry_run(call_.headers);
  if (!real) return real;
  auto rated = billed_.take_limits(static_cast<std::int64_t>(call_.body.size()) + 1);
  if (!rated) return rated;
  // A key's own list stands in place of its use case's.
  const auto& own = billed_.principal().passthrough;
  const auto& allowed = own ? *own : billed_.use_case()->passthrough;
  const auto& providers = billed_.config().config.providers;
  const auto found = std::ranges::find(providers, call_.provider, &ProviderConfig::name);
  const bool is_allowed = std::ranges::find(allowed, call_.provider) != allowed.end();
  // Whether a provider exists is nobody's business who may not speak to it.
  if (!is_allowed || found == providers.end()) {
    const auto name = utf8_prefix(call_.provider, 64);
    if (own) {
      return closed(fmt::format("this key may not pass requests through to \"{}\"", name), "key.passthrough",
                    "An administrator can make a key that may.");
    }
    return closed(fmt::format("the use case \"{}\" may not pass requests through to \"{}\"", billed_.trace.use_case, name),
                  "use_case.passthrough",
                  "Its owner can add the provider to the use case's passthrough, or an administrator make a key for it.");
  }
  config_ = &*found;
  const auto made = billed_.config().providers.find(config_->name);
  ensure(made != billed_.config().providers.end(), "a configured provider is made");
  provider_ = made->second;
  return {};
}

Result<void> PassthroughCall::check_path() {
  const auto mark = std::min(call_.path.find('?'), call_.path.size());
  path_ = call_.path.substr(0, mark);
  // Libraries write the version that stands in the base URL once more.
  const auto& base = config_->origin.base_path;
  if (!base.empty() && path_.starts_with(base) && path_.substr(base.size()).starts_with("/"))
    path_.erase(0, base.size());
  if (const auto fault = find_path_fault(path_); !fault.empty()) {
    auto error = fail(ErrorCode::InvalidInput, "{}", fault);
    error.error().where.field = "path";
    return error;
  }
  const auto matches = [this](const std::string& pattern) { return matches_path(pattern, call_.method, path_); };
  if (std::ranges::any_of(config_->passthrough_deny, matches) ||
      !std::ranges::any_of(config_->passthrough_allow, matches)) {
    return closed(fmt::format("{} {} of {} is not passed through", io::http::method_name(call_.method),
                              utf8_prefix(path_, 200), config_->name),
                  "provider.passthrough", "An administrator can allow the path below the provider's passthrough.");
  }
  return {};
}

Result<void> PassthroughCall::read_body() {
  const auto mark = call_.path.find('?');
  const auto query = query_without_secrets(mark == std::string::npos ? std::string_view()
                                                                     : std::string_view(call_.path).substr(mark + 1));
  call_.path = query.empty() ? path_ : path_ + "?" + query;
  json::value texts = json::array{io::http::decoded_query_part(query)};
  if (!call_.body.empty()) {
    auto parsed =
        is_json(call_.headers) ? parse_json(call_.body) : fail(ErrorCode::InvalidInput, "the body is no JSON");
    if (parsed) {
      body_ = std::move(*parsed);
      if (repeats_a_member(call_.body, body_)) {
        auto error = fail(ErrorCode::InvalidInput,
                          "the body names a member twice: what is passed through must read the same everywhere");
        error.error().where.source = "request body";
        return error;
      }
      texts.get_array().push_back(body_);
    } else if (!billed_.config().config.passthrough.takes_unreadable) {
      auto error = fail(ErrorCode::PolicyRefused, "the guard cannot read the body: {}", parsed.error().message);
      error.error().rule = "passthrough.unreadable";
      error.error().fix = "Send JSON as application/json, or have an administrator set passthrough.unreadable to pass.";
      return error;
    }
  }
  model_name_ = body_.is_object() ? std::string(string_member(body_.get_object(), "model")) : std::string();
  if (model_name_.empty()) model_name_ = model_in_path(path_);
  find_model(model_name_);
  return billed_.guard_input(texts, BilledCall::OnFinding::Refuse);
}

void PassthroughCall::find_model(std::string_view name) {
  if (name.starts_with("models/")) name.remove_prefix(7);
  name = without_latest(name);
  if (name.empty()) return;
  for (const auto& model : billed_.config().config.models) {
    // Providers name the version of a model in their answers: the longest id that begins the name.
    const auto id = without_latest(model.id);
    const bool is_one = model.provider == config_->name &&
                        (name == id || (name.starts_with(id) && (name[id.size()] == '-' || name[id.size()] == '@')));
    if (is_one && (model_ == nullptr || model.id.size() > model_->id.size())) model_ = &model;
  }
}

bool PassthroughCall::is_billable() const {
  using enum io::http::Method;
  return call_.method == Post || call_.method == Put || call_.method == Patch;
}

io::Task<Result<void>> PassthroughCall::reserve() {
  billed_.trace.provider_model = utf8_prefix(model_name_, 128);
  if (model_ != nullptr) billed_.trace.model = model_->name;
  billed_.trace.provider = config_->name;
  billed_.trace.route = "passthrough:" + config_->name;
  if (!is_billable()) co_return Result<void>();
  const auto& rules = billed_.config().config.passthrough;
  auto most = rules.ceiling;
  auto price = finops::flat_price(rules.ceiling, "passthrough.ceiling");
  if (model_ != nullptr) {
    finops::CallBounds bounds;
    bounds.input_max = static_cast<std::int64_t>(call_.body.size()) + headroom_tokens;
    bounds.output_max = model_->context_tokens;
    if (body_.is_object()) {
      bounds.output_max =
          output_limit(body_.get_object()).value_or(model_->context_tokens) * choices_of(body_.get_object());
    }
    bounds.may_use_audio = bounds.may_use_images = bounds.may_cache_1h = true;
    price = billed_.config().prices->find(model_->name, billed_.trace.start);
    most = is_free_price(price) ? Money() : std::max(most, finops::worst_case(bounds, price, billed_.trace.start));
  }
  auto reserved =
      co_await billed_.reserve(model_ != nullptr ? model_->name : std::string(), config_->name, price, most);
  co_return reserved;
}

io::Task<Result<void>> PassthroughCall::exchange() {
  const auto& rules = billed_.config().config.passthrough;
  io::http::ClientRequest request;
  request.method = call_.method;
  request.path = call_.path;
  request.headers = forwarded_request_headers(call_.headers);
  request.headers.set("X-Request-Id", billed_.trace.id.text());
  request.body = std::move(call_.body);
  telemetry::SpanTimer timer(billed_.trace, "provider " + config_->name);
  billed_.mark_sent();
  was_sent_ = true;
  auto response = co_await provider_->send_raw(std::move(request), std::min(rules.timeout, billed_.time_left()),
                                               &billed_.cancellation);
  if (!response) {
    is_provider_fault_ = response.error().code != ErrorCode::Cancelled && response.error().code != ErrorCode::Forbidden;
    co_return pass(response);
  }
  status_ = (*response)->status();
  tap_.emplace(*provider_, path_, (*response)->headers());
  auto begun = co_await call_.sink->head(billed_.trace, status_, forwarded_response_headers((*response)->headers()));
  if (!begun) co_return begun;
  has_begun_ = true;
  auto passed = co_await pass_body(**response);
  co_return passed;
}

io::Task<Result<void>> PassthroughCall::pass_body(io::http::ClientResponse& upstream) {
  const auto idle = billed_.config().config.passthrough.idle_timeout;
  for (;;) {
    upstream.expire_after(std::min(idle, billed_.time_left()));
    auto bytes = co_await upstream.read_some();
    if (!bytes) {
      is_provider_fault_ = bytes.error().code != ErrorCode::Cancelled;
      co_return pass(bytes);
    }
    if (bytes->empty()) break;
    tap_->feed(*bytes);
    billed_.trace.response_bytes += static_cast<std::uint32_t>(bytes->size());
    auto written = co_await call_.sink->write(*bytes);
    if (!written) co_return written;
  }
  is_complete_ = true;
  co_return Result<void>();
}

finops::Usage PassthroughCall::usage(finops::ModelPrice& price) {
  finops::Usage used;
  if (!was_sent_ || !is_billable()) return used;
  const auto& rules = billed_.config().config.passthrough;
  const auto* raw = tap_ ? &tap_->finish() : nullptr;
  if (raw != nullptr && !raw->model.empty()) {
    billed_.trace.provider_model = utf8_prefix(raw->model, 128);
    if (model_ == nullptr) find_model(raw->model);
  }
  const auto known =
      model_ != nullptr ? billed_.config().prices->find(model_->name, billed_.trace.start) : finops::ModelPrice();
  price = known;
  // A refusal costs nothing, nor does what never reached the provider, unless it says so.
  const bool is_refused = status_ == 0 ? !billed_.cancellation.is_cancelled() && is_provider_fault_ : status_ >= 300;
  const bool is_told = raw != nullptr && raw->tokens.has_value();
  if ((is_refused && !is_told) || (raw != nullptr && raw->is_free)) return used;
  used.tier = finops::find_tier(raw != nullptr ? raw->service_tier : std::string());
  if (is_told && is_complete_ && model_ != nullptr && !known.is_unpriced) {
    used.tokens = *raw->tokens;
    return used;
  }
  if (model_ != nullptr && is_free_price(known)) {
    if (is_told) used.tokens = *raw->tokens;
    used.is_estimated = !is_told || !is_complete_;
    return used;
  }
  if (raw != nullptr && raw->audio_ms && model_ != nullptr) {
    if (auto by_second = finops::by_second(known)) {
      price = std::move(*by_second);
      used.tokens.audio_in = *raw->audio_ms;
      return used;
    }
  }
  if (is_told && model_ != nullptr && !known.is_unpriced && !is_complete_) {
    used.tokens = *raw->tokens;  // cut short: what it had told by then
    used.is_estimated = true;
    return used;
  }
  // What is not known costs the ceiling: it is marked, and never free.
  price = finops::flat_price(rules.ceiling, "passthrough.ceiling");
  price.is_unpriced = true;
  if (is_told) used.tokens = *raw->tokens;
  used.tokens.tool_requests = 1;
  used.is_estimated = true;
  return used;
}

io::Task<RawOutcome> Gateway::pass_through(RawCall call) {
  PassthroughCall passed(*state_, std::move(call));
  auto outcome = co_await passed.run();
  co_return outcome;
}

}  // namespace millwright::gateway
