// Configurations of LiteLLM proxies as people write them: for the tests of the import.
#pragma once

#include <string_view>

namespace millwright::cli::litellm {

inline constexpr std::string_view company_sample = R"(model_list:
  - model_name: gpt-4o
    litellm_params: &azure_defaults
      model: azure/gpt-4o-eu
      api_base: https://my-endpoint-europe.openai.azure.com/
      api_key: os.environ/AZURE_API_KEY_EU
      api_version: "2024-10-21"
      rpm: 600
    model_info:
      id: azure-eu-1
      mode: chat
      base_model: azure/gpt-4o-2024-08-06
      input_cost_per_token: 2.75e-06
      output_cost_per_token: 0.000011
      cache_read_input_token_cost: 1.375e-06
      max_input_tokens: 128000
      max_output_tokens: 16384
      supports_vision: true
  - model_name: gpt-4o
    litellm_params:
      <<: *azure_defaults
      model: openai/gpt-4o
      api_base: https://api.openai.com/v1
      api_key: sk-literal-and-very-secret
      organization: org-123
      order: 2
      max_retries: 4
      timeout: 300
      temperature: 0.2
  - model_name: Claude Sonnet/EU
    litellm_params:
      model: anthropic/claude-sonnet-4-20250514
      api_key: os.environ/ANTHROPIC_API_KEY
      max_tokens: 2048
      extra_headers: {anthropic-beta: "context-1m-2025-08-07", authorization: "Bearer abcdef"}
  - model_name: fast
    litellm_params: {model: groq/llama-3.3-70b-versatile, weight: 3, tpm: 100000, max_parallel_requests: 8}
    model_info: {output_cost_per_token_above_200k_tokens: 1e-06, input_cost_per_token: 0, made_up_setting: {a: [1, 2]}}
  - model_name: fast
    litellm_params: {model: hosted_vllm/meta-llama/Llama-3.3-70B-Instruct, api_base: os.environ/VLLM_BASE, weight: 1}
  - model_name: local
    litellm_params: {model: ollama_chat/qwen3, api_base: "http://user:password@10.0.0.7:11434", custom: null}
  - model_name: "openai/*"
    litellm_params: {model: "openai/*", api_key: os.environ/OPENAI_API_KEY}
  - model_name: exotic
    litellm_params: {model: sagemaker/jumpstart-llama, aws_region_name: us-west-2}
router_settings:
  routing_strategy: least-busy
  model_group_alias: {gpt-4: gpt-4o, hidden-one: {model: fast, hidden: true}, nobody: nothing}
  num_retries: 3
  timeout: 120
  stream_timeout: 20
  allowed_fails: 2
  cooldown_time: 30
  retry_policy: {RateLimitErrorRetries: 3}
  redis_host: os.environ/REDIS_HOST
  redis_password: hunter2-redis
  fallbacks: [{gpt-4o: [Claude Sonnet/EU]}, {Claude Sonnet/EU: [fast]}]
  context_window_fallbacks: [{fast: [gpt-4o]}]
litellm_settings:
  drop_params: true
  cache: true
  cache_params: {type: redis, ttl: 600, host: redis.internal, password: cache-secret}
  callbacks: [langfuse, prometheus]
  max_budget: 500
  budget_duration: 30d
  num_retries: 5
  request_timeout: 600
  default_fallbacks: [local]
  guardrails: [{prompt_injection: {callbacks: [lakera_prompt_injection], default_on: true}}]
  brand_new_switch: on
general_settings:
  master_key: sk-1234-master
  database_url: postgresql://litellm:dbsecret@db:5432/litellm
  global_max_parallel_requests: 200
  max_parallel_requests: 50
  alerting: [slack]
  store_model_in_db: true
environment_variables:
  LANGFUSE_SECRET_KEY: lf-very-secret
  VLLM_BASE: http://vllm.internal:8000/v1
guardrails:
  - {guardrail_name: pii, litellm_params: {guardrail: presidio, mode: pre_call}}
)";

inline constexpr std::string_view keys_sample = R"({"keys": [
  {"token": "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b", "key_name": "sk-...aBcd", "key_alias": "Help Desk",
   "spend": 12.5, "max_budget": 100.0, "budget_duration": "30d", "models": ["gpt-4o"], "user_id": "ana", "team_id": "t-1",
   "rpm_limit": 60, "tpm_limit": null, "max_parallel_requests": 4, "expires": "2037-01-01T00:00:00Z", "blocked": null,
   "metadata": {}, "permissions": {}, "litellm_budget_table": null, "created_at": "2025-01-01T00:00:00Z"},
  {"token": "aa", "key_name": "sk-...0001", "key_alias": null, "models": ["gpt-4", "fast"], "max_budget": 10, "budget_duration": "1d"},
  {"token": "bb", "key_name": "sk-...0002", "key_alias": "everything", "models": [], "budget_id": "b-1"},
  {"token": "cc", "key_name": "sk-...0003", "key_alias": "old", "models": [], "blocked": true},
  {"token": "dd", "key_name": "sk-...0004", "key_alias": "none left", "models": ["exotic"]}],
 "teams": [{"team_id": "t-1", "team_alias": "Service Desk", "max_budget": 200, "budget_duration": "7d", "tpm_limit": 100000,
   "members_with_roles": [{"user_id": "ana", "role": "admin"}, {"user_id": "ben", "role": "user"}], "blocked": false, "models": []}],
 "users": [{"user_id": "ana", "user_email": "ana@example.com", "user_role": "internal_user", "max_budget": 5}],
 "budgets": [{"budget_id": "b-1", "max_budget": 7, "budget_duration": "30d", "rpm_limit": 5}],
 "total_count": 5, "current_page": 1}
)";

}  // namespace millwright::cli::litellm
