// Gateway::count_prompt: what a request weighs before it is sent.
#include "features/gateway/pipeline.hpp"
#include "features/gateway/token_counts.hpp"

namespace millwright::gateway {
namespace {

constexpr std::size_t counted_at_once_max = 32 << 10;  // bytes of text: less than a millisecond on the loop

const ModelConfig* first_model(const GatewayConfig& config, std::string_view name) {
  std::string_view model = name;
  const auto use_case = std::ranges::find(config.use_cases, name, &UseCaseConfig::name);
  if (use_case != config.use_cases.end()) {
    const auto route = std::ranges::find(config.routes, use_case->route, &RouteConfig::name);
    if (route != config.routes.end() && !route->targets.empty()) model = route->targets.front().model;
  }
  const auto found = std::ranges::find(config.models, model, &ModelConfig::name);
  return found == config.models.end() ? nullptr : &*found;
}

Result<PromptCount> count(const json::object& chat, std::string_view prompt, const tokens::Tokeniser& tokeniser) {
  const auto messages = count_chat(chat, tokeniser);
  const auto before = tokeniser.count(prompt);
  return PromptCount{messages.tokens + before.tokens, before.tokens,
                     messages.is_exact && (prompt.empty() || before.is_exact), tokeniser.name()};
}

}  // namespace

io::Task<Result<PromptCount>> Gateway::count_prompt(ChatRequest request) const {
  const auto config = state_->config.load();
  const auto* model = first_model(config->config, request.model);
  const auto tokeniser = model == nullptr ? tokens::Tokeniser() : model->tokeniser;
  std::string prompt;
  const auto table = state_->live.load();
  const auto live = table->find(request.model);
  if (live != table->end()) prompt = live->second.stable.prompt_text;
  if (request.text_bytes + prompt.size() <= counted_at_once_max) co_return count(request.body, prompt, tokeniser);
  const auto shared = std::make_shared<const ChatRequest>(std::move(request));
  auto counted = co_await io::run_blocking(state_->parts.runtime->blocking(), [shared, prompt, tokeniser]() {
    return count(shared->body, prompt, tokeniser);
  });
  co_return counted;
}

}  // namespace millwright::gateway
