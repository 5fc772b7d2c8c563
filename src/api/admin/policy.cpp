// The guard's test bench, and the question "may this class of data flow there, and why?".
#include "api/admin/groups.hpp"
#include "api/admin/shapes.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"
#include "base/text.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

constexpr std::size_t scan_bytes_max = 8u << 20;

Result<policy::Direction> find_direction(const std::string& name) {
  if (name == "input") return policy::Direction::Input;
  if (name == "output") return policy::Direction::Output;
  if (name == "document") return policy::Direction::Document;
  Error error;
  error.code = ErrorCode::InvalidInput;
  error.message = "\"direction\" must be input, output or document";
  error.where = {"request body", "direction", 0, 0, {}};
  return std::unexpected(std::move(error));
}

Result<Response> scan(const PolicyParts& parts, const Call& call) {
  Body body(call.request, {"text", "direction"});
  const auto text = body.text("text");
  auto direction = find_direction(body.text_or("direction", "input"));
  if (auto ok = body.check(); !ok) return pass(ok);
  if (!direction) return pass(direction);
  if (text.size() > scan_bytes_max) return fail(ErrorCode::TooLarge, "the text is longer than {}", render_size(scan_bytes_max));
  const auto guard = parts.gateway->state()->guard;
  const auto result = guard->scan(text, *direction);
  json::array findings;
  for (const auto& finding : result.findings) {
    findings.push_back(json::object{{"type", finding.type},
                                    {"start", finding.start},
                                    {"end", finding.end},
                                    {"score", finding.score},
                                    {"action", policy::action_name(finding.action)}});
  }
  return json_answer(json::object{{"findings", std::move(findings)},
                                  {"verdict", policy::action_name(result.verdict)},
                                  {"data_class", policy::class_name(result.data_class)},
                                  {"redacted", guard->redact(text, result)}});
}

/// What is recorded about a provider; "builtin" always exists.
std::optional<policy::ProviderFacts> find_facts(const gateway::GatewayConfig& config, std::string_view name,
                                                std::vector<std::string>& names) {
  for (const auto& provider : config.providers) {
    if (provider.name == name) return provider.facts;
    names.push_back(provider.name);
  }
  names.emplace_back("builtin");
  if (name != "builtin") return std::nullopt;
  policy::ProviderFacts facts;
  facts.name = "builtin";
  facts.location = "builtin";
  return facts;
}

Result<Response> explain_flow(const PolicyParts& parts, const Call& call) {
  Query query(call.request);
  const auto name = query.required("use_case");
  const auto provider_name = query.required("provider");
  const auto class_text = query.text("class");
  const auto region = query.text("region");
  if (auto ok = query.check(); !ok) return pass(ok);
  const auto use_case = load_use_case(*parts.gateway, name);
  if (!use_case) return std::unexpected(use_case.error());
  const auto data_class = class_text.empty() ? use_case->data_class : policy::find_class(class_text);
  if (!data_class) {
    std::vector<std::string> classes{"public", "internal", "confidential", "restricted"};
    auto error = not_found("data class", class_text, classes);
    error.code = ErrorCode::InvalidInput;
    return std::unexpected(std::move(error));
  }
  const auto state = parts.gateway->state();
  std::vector<std::string> names;
  const auto facts = find_facts(state->config, provider_name, names);
  if (!facts) return std::unexpected(not_found("provider", provider_name, names));
  const policy::FlowQuery flow{use_case->name, use_case->tier, *data_class, &*facts, region};
  const auto verdict = state->policy->decide(flow, parts.clock->now());
  return json_answer(json::object{{"allowed", verdict.is_allowed},
                                  {"rule", verdict.rule},
                                  {"reason", verdict.reason},
                                  {"fix", verdict.fix},
                                  {"policy", state->policy->digest().text()},
                                  {"use_case", use_case->name},
                                  {"class", policy::class_name(*data_class)},
                                  {"provider", provider_name},
                                  {"region", region}});
}

}  // namespace

Routes policy_routes(const PolicyParts& parts) {
  using enum io::http::Method;
  return {
      row(Post, "/api/v1/guard/scan", Access::Key, scan, parts),
      row(Get, "/api/v1/policy/explain", Access::Viewer, explain_flow, parts),
  };
}

}  // namespace millwright::api
