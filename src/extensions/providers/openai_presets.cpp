// What a row leaves out is as OpenAI has it. A field stands among the refused only where a source says so: a wrong one
// would refuse a call that the server takes. Above each row: what was read for it in November 2026, or that only its
// address was found confirmed.
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

// 400 for these and for n other than 1.
constexpr std::array<std::string_view, 4> groq_refused{"logprobs", "top_logprobs", "logit_bias", "n>1"};
// The request schema forbids what it does not name (422, extra_forbidden).
constexpr std::array<std::string_view, 3> mistral_refused{"logprobs", "top_logprobs", "logit_bias"};
constexpr std::array<std::string_view, 6> mistral_ignored{
    "user", "store", "service_tier", "verbosity", "safety_identifier", "prompt_cache_retention"};
constexpr std::array<std::string_view, 3> cerebras_ignored{"store", "metadata", "safety_identifier"};
// 400 "Invalid n value (currently only n = 1 is supported)".
constexpr std::array<std::string_view, 1> deepseek_refused{"n>1"};
// `n` is marked unused: one answer comes whatever it says. `logit_bias` must be a list there, an object is a 422.
constexpr std::array<std::string_view, 2> tgi_refused{"n>1", "logit_bias"};

constexpr std::array presets{
    // Read: github.com/openai/openai-node, src/resources/chat/completions (a tool's answer has text parts alone; the API
    // answers 400 "Image URLs are only allowed for messages with role 'user'").
    OpenAiPreset{
        .name = "openai", .base_url = "", .takes_tool_media = false, .has_batches = true, .price_list = "openai"},
    OpenAiPreset{
        .name = "", .base_url = "", .reasoning_up = ReasoningContent, .takes_top_k = true, .has_batches = true},
    // Read: github.com/Cerebras/cerebras-cloud-sdk-python; github.com/pydantic/pydantic-ai/pull/7653, which measured
    // that the API takes penalties and logit_bias, though its guide once said otherwise.
    OpenAiPreset{.name = "cerebras",
                 .base_url = "https://api.cerebras.ai/v1",
                 .stream_usage = WithChoices,
                 .developer = AsSystem,
                 .ignored = cerebras_ignored,
                 .price_list = "cerebras"},
    // Read: https://api-docs.deepseek.com/api/create-chat-completion and /guides/thinking_mode.
    OpenAiPreset{.name = "deepseek",
                 .base_url = "https://api.deepseek.com/v1",
                 .output_limit = "max_tokens",
                 .stream_usage = WithChoices,
                 .reasoning_ask = AsIs,
                 .reasoning_up = ReasoningContent,
                 .developer = AsSystem,
                 .refused = deepseek_refused,
                 .price_list = "deepseek"},
    // Address only.
    OpenAiPreset{.name = "fireworks",
                 .base_url = "https://api.fireworks.ai/inference/v1",
                 .stream_usage = WithChoices,
                 .reasoning_up = ReasoningContent,
                 .takes_top_k = true,
                 .price_list = "fireworks"},
    // Read: https://console.groq.com/docs/openai; github.com/groq/groq-python (x_groq.usage of the last chunk).
    OpenAiPreset{.name = "groq",
                 .base_url = "https://api.groq.com/openai/v1",
                 .stream_usage = WithChoices,
                 .developer = AsSystem,
                 .refused = groq_refused,
                 .has_batches = true,
                 .price_list = "groq"},
    // Address only; a router: what a field means is up to who serves the model.
    OpenAiPreset{.name = "huggingface",
                 .base_url = "https://router.huggingface.co/v1",
                 .stream_usage = WithChoices,
                 .developer = AsSystem,
                 .price_list = "huggingface"},
    // Read: github.com/ggml-org/llama.cpp, tools/server (its errors).
    OpenAiPreset{.name = "llamacpp",
                 .base_url = "http://localhost:8080/v1",
                 .reasoning_ask = AsIs,
                 .reasoning_up = ReasoningContent,
                 .developer = AsSystem,
                 .takes_top_k = true,
                 .is_free = true},
    // Read: https://lmstudio.ai/docs/developer/openai-compat/chat-completions.
    OpenAiPreset{.name = "lmstudio",
                 .base_url = "http://localhost:1234/v1",
                 .output_limit = "max_tokens",
                 .reasoning_up = ReasoningContent,
                 .developer = AsSystem,
                 .takes_top_k = true,
                 .is_free = true},
    // Read: github.com/mistralai/client-python, chatcompletionrequest.py (random_seed, prompt_cache_key; neither
    // stream_options nor max_completion_tokens); reports of its extra_forbidden.
    OpenAiPreset{.name = "mistral",
                 .base_url = "https://api.mistral.ai/v1",
                 .output_limit = "max_tokens",
                 .takes_stream_options = false,
                 .stream_usage = WithChoices,
                 .developer = AsSystem,
                 .seed = "random_seed",
                 .refused = mistral_refused,
                 .ignored = mistral_ignored,
                 .price_list = "mistral"},
    // Address, and usage in the last choice of a stream as others read it.
    OpenAiPreset{.name = "moonshot",
                 .base_url = "https://api.moonshot.ai/v1",
                 .output_limit = "max_tokens",
                 .stream_usage = WithChoices,
                 .reasoning_ask = AsIs,
                 .reasoning_up = ReasoningContent,
                 .developer = AsSystem,
                 .has_batches = true,
                 .price_list = "moonshot"},
    // Address only.
    OpenAiPreset{.name = "nvidia",
                 .base_url = "https://integrate.api.nvidia.com/v1",
                 .output_limit = "max_tokens",
                 .stream_usage = WithChoices,
                 .developer = AsSystem,
                 .price_list = "nvidia"},
    // Read: github.com/OpenRouterTeam/typescript-sdk, chatrequest.ts.
    OpenAiPreset{.name = "openrouter",
                 .base_url = "https://openrouter.ai/api/v1",
                 .reasoning_ask = Object,
                 .reasoning_up = Reasoning,
                 .takes_cache_marks = true,
                 .takes_top_k = true,
                 .price_list = "openrouter"},
    // Read: https://docs.perplexity.ai/docs/sonar/openai-compatibility; github.com/perplexityai/perplexity-py: tools,
    // n, logprobs and top_k are fields of its request, stream_options is none.
    OpenAiPreset{.name = "perplexity",
                 .base_url = "https://api.perplexity.ai",
                 .output_limit = "max_tokens",
                 .takes_stream_options = false,
                 .stream_usage = WithChoices,
                 .developer = AsSystem,
                 .takes_top_k = true,
                 .price_list = "perplexity"},
    // Nothing confirmed but what its reports of errors show.
    OpenAiPreset{.name = "sglang",
                 .base_url = "",
                 .reasoning_ask = AsIs,
                 .reasoning_up = ReasoningContent,
                 .developer = AsSystem,
                 .takes_top_k = true},
    // Read: github.com/huggingface/text-generation-inference, router/src/lib.rs, ChatRequest.
    OpenAiPreset{.name = "tgi",
                 .base_url = "",
                 .output_limit = "max_tokens",
                 .reasoning_ask = Effort,
                 .developer = AsSystem,
                 .takes_stop_text = false,
                 .refused = tgi_refused},
    // Read: github.com/togethercomputer/openapi, which also names https://api.together.ai/v1.
    OpenAiPreset{.name = "together",
                 .base_url = "https://api.together.xyz/v1",
                 .output_limit = "max_tokens",
                 .stream_usage = WithChoices,
                 .developer = AsSystem,
                 .takes_top_k = true,
                 .price_list = "together"},
    // Read: github.com/vllm-project/vllm, entrypoints/chat_utils.py: of earlier turns it reads `reasoning` alone.
    OpenAiPreset{.name = "vllm",
                 .base_url = "",
                 .reasoning_ask = AsIs,
                 .reasoning_up = Reasoning,
                 .developer = AsSystem,
                 .takes_top_k = true},
    // Its reference, as it is quoted, calls logit_bias "unsupported", and says nowhere that it is an error.
    OpenAiPreset{.name = "xai",
                 .base_url = "https://api.x.ai/v1",
                 .stream_usage = WithChoices,
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
