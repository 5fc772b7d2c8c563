// How many tokens a prompt has, where its bytes do not decide a limit or a context: no token is shorter than a byte, so
// that most prompts are let through uncounted. What takes long is counted on a thread that may block.
#include "base/text.hpp"
#include "features/gateway/compose.hpp"
#include "features/gateway/pipeline.hpp"
#include "features/gateway/token_counts.hpp"

namespace millwright::gateway {
namespace {

constexpr std::size_t counted_at_once_max = 32 << 10;  // bytes of text: less than a millisecond on the loop
constexpr std::size_t bounded_bytes_max = 64 << 10;  // some milliseconds, for a bound that holds less of a limit
constexpr std::int64_t frame_tokens_max = 4;         // of a message

const ModelConfig* find_model(const GatewayConfig& config, std::string_view name) {
  const auto found = std::ranges::find(config.models, name, &ModelConfig::name);
  return found == config.models.end() ? nullptr : &*found;
}

bool is_same(const tokens::Tokeniser& a, const tokens::Tokeniser& b) {
  return a.encoding == b.encoding && (a.encoding || a.vocabulary == b.vocabulary);
}

Error too_long(const Limit& limit, std::string message) {
  Error error;
  error.code = ErrorCode::TooLarge;
  error.message = std::move(message);
  error.rule = limit.rule;
  error.where.field = "messages";
  error.fix = "Shorten the prompt.";
  return error;
}

std::string counted_by(const tokens::Tokeniser& tokeniser, const tokens::Count& count) {
  return tokeniser.name() + (count.is_exact ? "" : ", estimated");
}

}  // namespace

const tokens::Tokeniser& ChatPipeline::tokeniser_of(std::string_view model) const {
  static const tokens::Tokeniser unknown;
  const auto* found = find_model(config_->config, model);
  return found == nullptr ? unknown : found->tokeniser;
}

/// Rules and overflow may lead to other models than the route's own.
bool ChatPipeline::may_serve(std::string_view model) const {
  return !route_->rules.empty() || route_->overflow ||
         std::ranges::find(route_->targets, model, &RouteTarget::model) != route_->targets.end() ||
         std::ranges::find(route_->fallback, model) != route_->fallback.end();
}

/// The limits on the length of this prompt that its bytes do not decide, one a tokeniser: the largest.
std::vector<ChatPipeline::TokenNeed> ChatPipeline::prompt_token_needs() const {
  std::vector<TokenNeed> needs;
  std::optional<std::int64_t> most;
  const auto add = [&](const tokens::Tokeniser& tokeniser, std::int64_t limit) {
    if (limit <= 0) return;
    if (!most) {
      const auto& request = call_.request;
      const auto bound = request.operation == Operation::Chat
                             ? text_bound(request.body)
                             : std::optional(static_cast<std::int64_t>(request.text_bytes));
      most = bound.value_or(std::numeric_limits<std::int64_t>::max());
    }
    if (*most <= limit) return;
    const auto known =
        std::ranges::find_if(needs, [&](const TokenNeed& each) { return is_same(each.tokeniser, tokeniser); });
    if (known == needs.end())
      needs.push_back({tokeniser, limit});
    else
      known->limit = std::max(known->limit, limit);
  };
  const std::string_view first = route_->targets.empty() ? std::string_view() : route_->targets.front().model;
  if (use_case_ != nullptr && call_.request.operation == Operation::Chat) {
    if (use_case_->max_prompt_tokens > 0) add(tokeniser_of(first), use_case_->max_prompt_tokens);
  }
  for (const auto* limit : bound_) {
    if (limit->config.prompt_tokens_max > 0) add(tokeniser_of(first), limit->config.prompt_tokens_max);
  }
  if (config_->limits == nullptr) return needs;
  for (const auto& limit : config_->limits->of(LimitScope::Model)) {
    if (limit.config.prompt_tokens_max <= 0) continue;
    for (const auto& model : config_->config.models) {
      if (limit.binds(model.name) && may_serve(model.name)) add(model.tokeniser, limit.config.prompt_tokens_max);
    }
  }
  return needs;
}

io::Task<Result<void>> ChatPipeline::count_prompt(std::vector<TokenNeed> needs) {
  const auto count = [is_chat = call_.request.operation == Operation::Chat](const json::object& body,
                                                                            const std::vector<TokenNeed>& asked) {
    std::vector<PromptTokens> counted;
    for (const auto& [tokeniser, limit] : asked) {
      const auto tokens = is_chat ? count_chat(body, tokeniser, limit) : count_inputs(body, tokeniser, limit);
      counted.push_back({tokeniser, limit, tokens});
    }
    return counted;
  };
  const auto weight = std::max(static_cast<std::int64_t>(call_.request.text_bytes), input_tokens_bound(call_.request.body));
  if (weight <= static_cast<std::int64_t>(counted_at_once_max)) {
    prompt_tokens_ = count(call_.request.body, needs);
    co_return Result<void>();
  }
  telemetry::SpanTimer timer(trace_, "count tokens");
  // Away from the request's own pool: the work may outlive the call.
  auto body = std::make_shared<const json::object>(call_.request.body, json::storage_ptr());
  auto counted = co_await io::run_blocking(shared_.parts.runtime->blocking(), [count, body, needs]() {
    return Result<std::vector<PromptTokens>>(count(*body, needs));
  });
  timer.close();
  if (!counted) co_return pass(counted);
  prompt_tokens_ = std::move(*counted);
  co_return Result<void>();
}

/// The count of a prompt that has more tokens than `limit`; nothing for one that has not, or whose bytes said so.
std::optional<tokens::Count> ChatPipeline::find_excess(const tokens::Tokeniser& tokeniser, std::int64_t limit) const {
  for (const auto& known : prompt_tokens_) {
    if (is_same(known.tokeniser, tokeniser) && known.count.tokens > limit) return known.count;
  }
  return std::nullopt;
}

Result<void> ChatPipeline::check_prompt_tokens() {
  const auto limit = use_case_ != nullptr ? use_case_->max_prompt_tokens : 0;
  if (limit == 0 || call_.request.operation != Operation::Chat) return {};
  const auto& tokeniser = tokeniser_of(route_->targets.front().model);
  const auto excess = find_excess(tokeniser, limit);
  if (!excess) return {};
  auto error = fail(ErrorCode::TooLarge, "the prompt has more tokens than the {} that {} takes ({})", limit,
                    use_case_->name, counted_by(tokeniser, *excess));
  error.error().rule = "use_case.max_prompt_tokens";
  error.error().where.field = "messages";
  error.error().fix = "Send less: shorter messages, fewer of them, or fewer tools.";
  return error;
}

/// Why a prompt is too long for a limit, in bytes or in tokens; where those are an estimate, the error says so.
std::optional<Error> ChatPipeline::check_prompt(const Limit& limit, const tokens::Tokeniser& tokeniser) const {
  const auto& config = limit.config;
  const auto bytes = call_.request.text_bytes;
  if (config.prompt_bytes_max > 0 && bytes > static_cast<std::size_t>(config.prompt_bytes_max)) {
    return too_long(limit, fmt::format("the prompt has {} of text, the limit {} admits {}", render_size(bytes),
                                       config.name, render_size(static_cast<std::uint64_t>(config.prompt_bytes_max))));
  }
  if (config.prompt_tokens_max <= 0) return std::nullopt;
  const auto excess = find_excess(tokeniser, config.prompt_tokens_max);
  if (!excess) return std::nullopt;
  return too_long(limit, fmt::format("the prompt has more tokens than the {} that the limit {} admits ({})",
                                     config.prompt_tokens_max, config.name, counted_by(tokeniser, *excess)));
}

/// The encodings of models that may serve and whose context this prompt's bytes do not fit into, with the largest such
/// context.
std::vector<ChatPipeline::TokenNeed> ChatPipeline::context_needs() const {
  std::vector<TokenNeed> needs;
  if (call_.request.operation != Operation::Chat || call_.assumed) return needs;
  auto bytes = static_cast<std::int64_t>(call_.request.text_bytes + release_->prompt_text.size());
  for (const auto& passage : passages_) bytes += static_cast<std::int64_t>(passage.chunk.text.size());
  if (const auto* messages = find_member(body_, "messages"); messages != nullptr && messages->is_array()) {
    bytes += frame_tokens_max * (static_cast<std::int64_t>(messages->get_array().size()) + 1);
  }
  for (const auto& model : config_->config.models) {
    if (bytes <= model.context_tokens || !model.tokeniser.encoding || !may_serve(model.name)) continue;
    const auto known =
        std::ranges::find_if(needs, [&](const TokenNeed& each) { return is_same(each.tokeniser, model.tokeniser); });
    if (known == needs.end())
      needs.push_back({model.tokeniser, model.context_tokens});
    else
      known->limit = std::max(known->limit, model.context_tokens);
  }
  return needs;
}

io::Task<Result<void>> ChatPipeline::count_for_contexts(std::vector<TokenNeed> needs) {
  std::vector<std::string> further;
  std::size_t bytes = call_.request.text_bytes + release_->prompt_text.size();
  if (!release_->prompt_text.empty()) further.push_back(release_->prompt_text);
  for (const auto& passage : passages_) {
    further.push_back(passage.chunk.text);
    bytes += passage.chunk.text.size();
  }
  const auto count = [](const json::object& body, const std::vector<std::string>& texts,
                        const std::vector<TokenNeed>& asked) {
    CountedTokens counted;
    for (const auto& [tokeniser, limit] : asked) {
      counted.at(static_cast<std::size_t>(*tokeniser.encoding)) = count_least(body, texts, tokeniser, limit);
    }
    return counted;
  };
  if (bytes <= counted_at_once_max) {
    context_tokens_ = count(body_, further, needs);
    co_return Result<void>();
  }
  telemetry::SpanTimer timer(trace_, "count tokens");
  auto body = std::make_shared<const json::object>(body_, json::storage_ptr());
  auto counted = co_await io::run_blocking(shared_.parts.runtime->blocking(), [count, body, further, needs]() {
    return Result<CountedTokens>(count(*body, further, needs));
  });
  timer.close();
  if (!counted) co_return pass(counted);
  context_tokens_ = *counted;
  co_return Result<void>();
}

/// The most tokens that the texts of a request can have: counted where they are short and the tokeniser is certain;
/// else one a byte, which takes no time.
std::int64_t ChatPipeline::prompt_tokens_bound() const {
  const auto& request = call_.request;
  const auto bytes = static_cast<std::int64_t>(request.text_bytes);
  if (request.operation != Operation::Chat || request.text_bytes > bounded_bytes_max) return bytes;
  const auto* model = find_model(config_->config, route_->targets.front().model);
  if (model == nullptr || !model->is_tokeniser_certain) return bytes;
  return count_chat(request.body, model->tokeniser).tokens;
}

}  // namespace millwright::gateway
