// Sources: each vendor's API reference and the servers' own issue trackers; what a row leaves out is as OpenAI has it.
#include "extensions/providers/openai_presets.hpp"

#include <algorithm>
#include <array>

namespace millwright::extensions {
namespace {

using Fields = std::span<const std::string_view>;
using enum ReasoningAsk;
using enum ReasoningUp;
using enum DeveloperRole;
using enum StreamUsage;

// https://console.groq.com/docs/openai: 400 for these and for n other than 1.
constexpr std::array<std::string_view, 4> groq_refused{"logprobs", "top_logprobs", "logit_bias", "n>1"};
// The request schemas of these APIs forbid what they do not name (422).
constexpr std::array<std::string_view, 3> mistral_refused{"logprobs", "top_logprobs", "logit_bias"};
constexpr std::array<std::string_view, 7> mistral_ignored{
    "user", "store", "service_tier", "verbosity", "safety_identifier", "prompt_cache_retention", "seed"};
constexpr std::array<std::string_view, 3> cerebras_refused{"frequency_penalty", "logit_bias", "presence_penalty"};
constexpr std::array<std::string_view, 3> cerebras_ignored{"store", "metadata", "safety_identifier"};
constexpr std::array<std::string_view, 2> deepseek_refused{"logit_bias", "n>1"};
constexpr std::array<std::string_view, 4> perplexity_refused{"logprobs", "logit_bias", "n>1", "tools"};
constexpr std::array<std::string_view, 1> xai_refused{"logit_bias"};
constexpr std::array<std::string_view, 1> tgi_refused{"n>1"};

constexpr std::array presets{
    OpenAiPreset{.name = "openai", .base_url = "", .has_batches = true, .price_list = "openai"},
    OpenAiPreset{.name = "", .base_url = "", .reasoning_up = ReasoningContent, .takes_top_k = true, .has_batches = true},
    OpenAiPreset{.name = "cerebras",
                 .base_url = "https://api.cerebras.ai/v1",
                 .stream_usage = WithChoices,
                 .developer = AsSystem,
                 .refused = cerebras_refused,
                 .ignored = cerebras_ignored,
                 .price_list = "cerebras"},
    OpenAiPreset{.name = "deepseek",
                 .base_url = "https://api.deepseek.com/v1",
                 .output_limit = "max_tokens",
                 .stream_usage = WithChoices,
                 .reasoning_ask = AsIs,
                 .reasoning_up = ReasoningContent,
                 .developer = AsSystem,
                 .refused = deepseek_refused,
                 .price_list = "deepseek"},
    OpenAiPreset{.name = "fireworks",
                 .base_url = "https://api.fireworks.ai/inference/v1",
                 .stream_usage = WithChoices,
                 .reasoning_up = ReasoningContent,
                 .takes_top_k = true,
                 .price_list = "fireworks"},
    OpenAiPreset{.name = "groq",
                 .base_url = "https://api.groq.com/openai/v1",
                 .stream_usage = WithChoices,
                 .developer = AsSystem,
                 .refused = groq_refused,
                 .has_batches = true,
                 .price_list = "groq"},
    OpenAiPreset{.name = "huggingface",
                 .base_url = "https://router.huggingface.co/v1",
                 .stream_usage = WithChoices,
                 .developer = AsSystem,
                 .price_list = "huggingface"},
    OpenAiPreset{.name = "llamacpp",
                 .base_url = "http://localhost:8080/v1",
                 .reasoning_ask = AsIs,
                 .reasoning_up = ReasoningContent,
                 .developer = AsSystem,
                 .takes_top_k = true,
                 .is_free = true},
    OpenAiPreset{.name = "lmstudio",
                 .base_url = "http://localhost:1234/v1",
                 .output_limit = "max_tokens",
                 .reasoning_up = ReasoningContent,
                 .developer = AsSystem,
                 .takes_top_k = true,
                 .is_free = true},
    OpenAiPreset{.name = "mistral",
                 .base_url = "https://api.mistral.ai/v1",
                 .output_limit = "max_tokens",
                 .takes_stream_options = false,
                 .stream_usage = WithChoices,
                 .developer = AsSystem,
                 .refused = mistral_refused,
                 .ignored = mistral_ignored,
                 .price_list = "mistral"},
    OpenAiPreset{.name = "moonshot",
                 .base_url = "https://api.moonshot.ai/v1",
                 .output_limit = "max_tokens",
                 .stream_usage = WithChoices,
                 .reasoning_ask = AsIs,
                 .reasoning_up = ReasoningContent,
                 .developer = AsSystem,
                 .has_batches = true,
                 .price_list = "moonshot"},
    OpenAiPreset{.name = "nvidia",
                 .base_url = "https://integrate.api.nvidia.com/v1",
                 .output_limit = "max_tokens",
                 .stream_usage = WithChoices,
                 .developer = AsSystem,
                 .price_list = "nvidia"},
    OpenAiPreset{.name = "openrouter",
                 .base_url = "https://openrouter.ai/api/v1",
                 .reasoning_ask = Object,
                 .reasoning_up = Reasoning,
                 .takes_cache_marks = true,
                 .takes_top_k = true,
                 .price_list = "openrouter"},
    OpenAiPreset{.name = "perplexity",
                 .base_url = "https://api.perplexity.ai",
                 .output_limit = "max_tokens",
                 .takes_stream_options = false,
                 .stream_usage = WithChoices,
                 .developer = AsSystem,
                 .refused = perplexity_refused,
                 .price_list = "perplexity"},
    OpenAiPreset{.name = "sglang",
                 .base_url = "",
                 .reasoning_ask = AsIs,
                 .reasoning_up = ReasoningContent,
                 .developer = AsSystem,
                 .takes_top_k = true},
    OpenAiPreset{.name = "tgi",
                 .base_url = "",
                 .output_limit = "max_tokens",
                 .reasoning_ask = Effort,
                 .developer = AsSystem,
                 .refused = tgi_refused},
    OpenAiPreset{.name = "together",
                 .base_url = "https://api.together.xyz/v1",
                 .output_limit = "max_tokens",
                 .stream_usage = WithChoices,
                 .developer = AsSystem,
                 .takes_top_k = true,
                 .price_list = "together"},
    OpenAiPreset{.name = "vllm",
                 .base_url = "",
                 .reasoning_ask = AsIs,
                 .reasoning_up = ReasoningContent,
                 .developer = AsSystem,
                 .takes_top_k = true},
    OpenAiPreset{.name = "xai",
                 .base_url = "https://api.x.ai/v1",
                 .stream_usage = WithChoices,
                 .refused = xai_refused,
                 .price_list = "xai"},
};

}  // namespace

std::span<const OpenAiPreset> openai_presets() { return presets; }

const OpenAiPreset& openai_preset(std::string_view kind, std::string_view host) {
  if (kind != "openai") {
    const auto* found = std::ranges::find(presets, kind, &OpenAiPreset::name);
    if (found != presets.end()) return *found;
  }
  const bool is_openai = host == "api.openai.com" || host.ends_with(".api.openai.com");
  return is_openai ? presets[0] : presets[1];
}

}  // namespace millwright::extensions
