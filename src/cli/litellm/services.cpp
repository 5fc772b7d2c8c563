#include "cli/litellm/services.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace millwright::cli::litellm {

namespace {

/// A service with the interface of OpenAI's chat completions, of its own kind where this program has a preset for it.
constexpr Service compatible(std::string_view prefix, std::string_view base_url, std::string_view key_variable,
                             std::string_view preset = {}) {
  return {prefix, {preset.empty() ? prefix : preset, "openai"}, base_url, key_variable};
}

constexpr Service services[] = {
    {"openai", {"openai"}, "https://api.openai.com/v1", "OPENAI_API_KEY"},
    {"text-completion-openai", {"openai"}, "https://api.openai.com/v1", "OPENAI_API_KEY"},
    {"azure", {"azure", "azure_openai"}, "", "AZURE_API_KEY"},
    {"azure_text", {"azure", "azure_openai"}, "", "AZURE_API_KEY"},
    {"azure_ai", {"azure_ai", "openai"}, "", "AZURE_AI_API_KEY"},
    {"anthropic", {"anthropic"}, "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY"},
    {"anthropic_text", {"anthropic"}, "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY"},
    {"gemini", {"gemini"}, "", "GEMINI_API_KEY"},
    {"vertex_ai", {"vertex"}, "", ""},
    {"vertex_ai_beta", {"vertex"}, "", ""},
    {"bedrock", {"bedrock"}, "", ""},
    {"bedrock_converse", {"bedrock"}, "", ""},
    {"cohere", {"cohere"}, "", "COHERE_API_KEY"},
    {"cohere_chat", {"cohere"}, "", "COHERE_API_KEY"},
    {"ollama", {"ollama"}, "http://localhost:11434", ""},
    {"ollama_chat", {"ollama"}, "http://localhost:11434", ""},
    {"hosted_vllm", {"vllm", "openai"}, "", ""},
    {"vllm", {"vllm", "openai"}, "", ""},
    {"huggingface", {"tgi", "openai"}, "", "HUGGINGFACE_API_KEY"},
    {"openai_like", {"openai"}, "", ""},
    {"custom_openai", {"openai"}, "", ""},
    {"litellm_proxy", {"openai"}, "", "LITELLM_PROXY_API_KEY"},
    compatible("lm_studio", "", ""),
    compatible("llamafile", "http://127.0.0.1:8080/v1", ""),
    compatible("xinference", "", ""),
    compatible("databricks", "", "DATABRICKS_API_KEY"),
    compatible("groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    compatible("deepseek", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
    compatible("mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY"),
    compatible("codestral", "https://codestral.mistral.ai/v1", "CODESTRAL_API_KEY"),
    compatible("xai", "https://api.x.ai/v1", "XAI_API_KEY"),
    compatible("openrouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    compatible("together_ai", "https://api.together.xyz/v1", "TOGETHERAI_API_KEY", "together"),
    compatible("fireworks_ai", "https://api.fireworks.ai/inference/v1", "FIREWORKS_AI_API_KEY", "fireworks"),
    compatible("perplexity", "https://api.perplexity.ai", "PERPLEXITYAI_API_KEY"),
    compatible("deepinfra", "https://api.deepinfra.com/v1/openai", "DEEPINFRA_API_KEY"),
    compatible("cerebras", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY"),
    compatible("nvidia_nim", "https://integrate.api.nvidia.com/v1", "NVIDIA_NIM_API_KEY"),
    compatible("sambanova", "https://api.sambanova.ai/v1", "SAMBANOVA_API_KEY"),
    compatible("moonshot", "https://api.moonshot.ai/v1", "MOONSHOT_API_KEY"),
    compatible("dashscope", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "DASHSCOPE_API_KEY"),
    compatible("volcengine", "https://ark.cn-beijing.volces.com/api/v3", "VOLCENGINE_API_KEY"),
    compatible("nebius", "https://api.studio.nebius.ai/v1", "NEBIUS_API_KEY"),
    compatible("novita", "https://api.novita.ai/v3/openai", "NOVITA_API_KEY"),
    compatible("hyperbolic", "https://api.hyperbolic.xyz/v1", "HYPERBOLIC_API_KEY"),
    compatible("github", "https://models.inference.ai.azure.com", "GITHUB_API_KEY"),
    compatible("ai21", "https://api.ai21.com/studio/v1", "AI21_API_KEY"),
    compatible("friendliai", "https://api.friendli.ai/serverless/v1", "FRIENDLI_TOKEN"),
    compatible("featherless_ai", "https://api.featherless.ai/v1", "FEATHERLESS_AI_API_KEY"),
    compatible("meta_llama", "https://api.llama.com/compat/v1", "LLAMA_API_KEY"),
    compatible("voyage", "https://api.voyageai.com/v1", "VOYAGE_API_KEY"),
    compatible("jina_ai", "https://api.jina.ai/v1", "JINA_AI_API_KEY"),
};

}  // namespace

const Service* find_service(std::string_view prefix) {
  const auto found = std::ranges::find(services, prefix, &Service::prefix);
  return found == std::end(services) ? nullptr : &*found;
}

const Service* guess_service(std::string_view model) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 14> beginnings{{
      {"gpt-", "openai"},
      {"o1", "openai"},
      {"o3", "openai"},
      {"o4", "openai"},
      {"chatgpt-", "openai"},
      {"text-embedding-", "openai"},
      {"dall-e-", "openai"},
      {"whisper-", "openai"},
      {"tts-", "openai"},
      {"ft:gpt-", "openai"},
      {"omni-moderation-", "openai"},
      {"claude-", "anthropic"},
      {"command-", "cohere"},
      {"gemini-", "vertex_ai"},
  }};
  for (const auto& [beginning, prefix] : beginnings) {
    if (model.starts_with(beginning)) return find_service(prefix);
  }
  return nullptr;
}

std::span<const AccountSetting> account_settings() {
  static const std::vector<AccountSetting> all{
      {"api_version", false, {"api_version"}},
      {"vertex_project", false, {"project"}},
      {"vertex_ai_project", false, {"project"}},
      {"vertex_location", false, {"location"}},
      {"vertex_ai_location", false, {"location"}},
      {"vertex_credentials", true, {"service_account"}},
      {"vertex_ai_credentials", true, {"service_account"}},
      {"aws_region_name", false, {"region", "aws_region"}},
      {"aws_access_key_id", true, {"access_key_id", "access_key", "aws_access_key_id"}},
      {"aws_secret_access_key", true, {"secret_access_key", "secret_key", "aws_secret_access_key"}},
      {"aws_session_token", true, {"session_token", "aws_session_token"}},
      {"aws_profile_name", false, {"profile"}},
      {"aws_role_name", false, {"role", "role_arn"}},
      {"tenant_id", false, {"tenant", "tenant_id"}},
      {"client_id", false, {"client", "client_id"}},
      {"client_secret", true, {"client_secret"}},
  };
  return all;
}

}  // namespace millwright::cli::litellm
