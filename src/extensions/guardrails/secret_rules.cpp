#include "extensions/guardrails/secret_rules.hpp"

#include <array>

#include "extensions/guardrails/shapes.hpp"

namespace millwright::extensions {
namespace {

using enum Charset;

// Lengths and alphabets as the issuers document them or as their tokens are; a range where they have changed.
constexpr std::array<SecretRule, 78> rules{{
    {"secret.millwright", "mw_", Alnum, 20, 120, 0},  // exact: checked by its CRC
    {"secret.anthropic", "sk-ant-", Base64Url, 40, 160},
    {"secret.openai", "sk-proj-", Base64Url, 40, 200},
    {"secret.openai", "sk-svcacct-", Base64Url, 40, 200},
    {"secret.openai", "sk-admin-", Base64Url, 40, 200},
    {"secret.openrouter", "sk-or-v1-", Hex, 64, 64},
    {"secret.openai", "sk-", Alnum, 32, 64, 3.3},
    {"secret.langfuse", "sk-lf-", Base64Url, 36, 36},
    {"secret.perplexity", "pplx-", Alnum, 40, 64},
    {"secret.groq", "gsk_", Alnum, 48, 64},
    {"secret.xai", "xai-", Alnum, 70, 90},
    {"secret.replicate", "r8_", Alnum, 37, 40},
    {"secret.huggingface", "hf_", Alnum, 34, 40},
    {"secret.aws_access_key", "AKIA", UpperBase32, 16, 16},
    {"secret.aws_access_key", "ASIA", UpperBase32, 16, 16},
    {"secret.aws_access_key", "ABIA", UpperBase32, 16, 16},
    {"secret.aws_access_key", "ACCA", UpperBase32, 16, 16},
    {"secret.aws_bedrock", "ABSK", Base64, 100, 280, 4.0},
    {"secret.aws_bedrock", "bedrock-api-key-", Base64, 40, 2000, 4.0},
    {"secret.gcp_api_key", "AIza", Base64Url, 35, 35},
    {"secret.gcp_oauth", "GOCSPX-", Base64Url, 28, 28},
    {"secret.gcp_oauth", "ya29.", Base64Url, 60, 1200},
    {"secret.github", "ghp_", Alnum, 36, 36},
    {"secret.github", "gho_", Alnum, 36, 36},
    {"secret.github", "ghu_", Alnum, 36, 36},
    {"secret.github", "ghs_", Alnum, 36, 36},
    {"secret.github", "ghr_", Alnum, 36, 76},
    {"secret.github", "github_pat_", Word, 82, 82},
    {"secret.gitlab", "glpat-", Dotted, 20, 60},
    {"secret.gitlab", "gldt-", Base64Url, 20, 60},
    {"secret.gitlab", "glrt-", Dotted, 20, 60},
    {"secret.gitlab", "glcbt-", Base64Url, 20, 80},
    {"secret.gitlab", "glptt-", Hex, 40, 40},
    {"secret.gitlab", "glft-", Base64Url, 20, 60},
    {"secret.gitlab", "glsoat-", Base64Url, 20, 60},
    {"secret.gitlab", "glagent-", Base64Url, 50, 60},
    {"secret.gitlab", "gloas-", Base64Url, 64, 64},
    {"secret.slack", "xoxb-", Base64Url, 30, 120, 2.5},
    {"secret.slack", "xoxp-", Base64Url, 30, 160, 2.5},
    {"secret.slack", "xoxa-", Base64Url, 30, 160, 2.5},
    {"secret.slack", "xoxr-", Base64Url, 30, 160, 2.5},
    {"secret.slack", "xoxs-", Base64Url, 30, 160, 2.5},
    {"secret.slack", "xapp-", Base64Url, 40, 160, 2.5},
    {"secret.slack_webhook", "hooks.slack.com/services/T", Base64, 35, 60},
    {"secret.stripe", "sk_live_", Alnum, 16, 128},
    {"secret.stripe", "rk_live_", Alnum, 16, 128},
    {"secret.stripe", "sk_test_", Alnum, 16, 128},
    {"secret.stripe", "rk_test_", Alnum, 16, 128},
    {"secret.stripe", "whsec_", Base64, 24, 64},
    {"secret.twilio", "SK", Hex, 32, 32},
    {"secret.sendgrid", "SG.", Dotted, 66, 66},
    {"secret.npm", "npm_", Alnum, 36, 36},
    {"secret.pypi", "pypi-AgEIcHlwaS5vcmc", Base64Url, 50, 400},
    {"secret.databricks", "dapi", Hex, 32, 34},
    {"secret.vault", "hvs.", Base64Url, 24, 300},
    {"secret.vault", "hvb.", Base64Url, 90, 400},
    {"secret.age", "AGE-SECRET-KEY-1", Alnum, 58, 58},
    {"secret.1password", "ops_eyJ", Base64, 200, 2000},
    {"secret.digitalocean", "dop_v1_", Hex, 64, 64},
    {"secret.digitalocean", "doo_v1_", Hex, 64, 64},
    {"secret.digitalocean", "dor_v1_", Hex, 64, 64},
    {"secret.sentry", "sntryu_", Hex, 64, 64},
    {"secret.sentry", "sntrys_eyJ", Base64Url, 60, 500},
    {"secret.linear", "lin_api_", Alnum, 40, 40},
    {"secret.notion", "ntn_", Alnum, 40, 60},
    {"secret.postman", "PMAK-", Base64Url, 59, 59},
    {"secret.shopify", "shpat_", Hex, 32, 32},
    {"secret.shopify", "shpss_", Hex, 32, 32},
    {"secret.grafana", "glsa_", Word, 41, 41},
    {"secret.grafana", "glc_eyJ", Base64, 40, 400},
    {"secret.newrelic", "NRAK-", Alnum, 27, 27},
    {"secret.docker", "dckr_pat_", Base64Url, 27, 36},
    {"secret.atlassian", "ATATT3xFf", Base64Url, 80, 260},
    {"secret.doppler", "dp.pt.", Alnum, 40, 44},
    {"secret.tailscale", "tskey-", Base64Url, 20, 80},
    {"secret.terraform", "atlasv1.", Base64Url, 60, 70},
    {"secret.pulumi", "pul-", Hex, 40, 40},
    {"secret.rubygems", "rubygems_", Hex, 48, 48},
}};

constexpr std::array<NamedSecret, 8> named{{
    {"secret.aws_secret_key", "secret_access_key", Base64, 40, 40},
    {"secret.aws_secret_key", "secretaccesskey", Base64, 40, 40},
    {"secret.azure", "accountkey", Base64, 80, 100},
    {"secret.azure", "sharedaccesskey", Base64, 40, 60},
    {"secret.cloudflare", "cloudflare_api_token", Base64Url, 37, 44},
    {"secret.cohere", "cohere_api_key", Alnum, 40, 40},
    {"secret.okta", "okta_api_token", Base64Url, 40, 44},
    {"secret.mistral", "mistral_api_key", Alnum, 32, 32},
}};

}  // namespace

std::span<const SecretRule> secret_rules() { return rules; }
std::span<const NamedSecret> named_secrets() { return named; }

bool is_in(Charset charset, char c) {
  switch (charset) {
    case Alnum: return is_alnum(c);
    case Word: return is_alnum(c) || c == '_';
    case Base64Url: return is_alnum(c) || c == '_' || c == '-';
    case Base64: return is_alnum(c) || c == '+' || c == '/' || c == '=' || c == '_' || c == '-';
    case Hex: return is_hex(c);
    case UpperBase32: return (c >= 'A' && c <= 'Z') || is_digit(c);
    case Dotted: return is_alnum(c) || c == '_' || c == '-' || c == '.';
  }
  return false;
}

}  // namespace millwright::extensions
