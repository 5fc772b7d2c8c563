// What a route would do with a request, without calling anybody.
#include "api/admin/groups.hpp"
#include "api/admin/route_comparison.hpp"
#include "api/admin/shapes.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"
#include "api/problem.hpp"
#include "api/surface.hpp"
#include "base/text.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

std::unexpected<Error> refuse(std::string field, std::string message, std::string fix) {
  Error error;
  error.code = ErrorCode::InvalidInput;
  error.where = {"request body", std::move(field), 0, 0, {}};
  error.message = std::move(message);
  error.fix = std::move(fix);
  return std::unexpected(std::move(error));
}

Result<gateway::Capabilities> read_needs(const std::vector<std::string>& names) {
  gateway::Capabilities needs;
  for (const auto& name : names) {
    const auto known = gateway::find_capability(name);
    if (!known) {
      return refuse("needs", fmt::format("\"{}\" is no capability", utf8_prefix(name, 40)),
                    fmt::format("Known are: {}.", fmt::join(gateway::capability_names(), ", ")));
    }
    needs.add(*known);
  }
  return needs;
}

/// Headers as a request would bring them; those that no rule looks at change nothing.
Result<io::http::Headers> read_headers(const json::object& object) {
  io::http::Headers headers;
  for (const auto& member : object) {
    if (!member.value().is_string())
      return refuse("headers", "every header is a text", "Write it as {\"x-plan\": \"gold\"}.");
    headers.add(std::string(member.key()), std::string(member.value().get_string()));
  }
  return headers;
}

std::shared_ptr<const identity::Principal> principal_for(const gateway::UseCaseConfig& use_case) {
  auto principal = std::make_shared<identity::Principal>();
  principal->key_name = "simulation";
  principal->use_case = use_case.name;
  principal->team = use_case.owner;
  principal->environment = use_case.environment.empty() ? "production" : use_case.environment;
  return principal;
}

Result<gateway::ChatCall> read_call(const RoutingParts& parts, const Call& http) {
  Body body(http.request, {"use_case", "prompt", "task", "user", "groups", "session", "segment", "headers",
                           "prompt_tokens", "needs", "language", "data_class", "max_tokens", "stream"});
  const auto name = body.text("use_case");
  const auto prompt = body.text_or("prompt", "Hello");
  gateway::ChatCall call;
  auto& caller = call.caller;
  caller.task = body.text_or("task", {});
  caller.user = body.text_or("user", {});
  caller.groups = body.texts("groups");
  std::ranges::sort(caller.groups);
  caller.session = body.text_or("session", {});
  caller.segment = body.text_or("segment", {});
  const auto language = body.text_or("language", {});
  const auto data_class = body.text_or("data_class", {});
  const auto needs_list = body.texts("needs");
  auto headers = read_headers(body.has("headers") ? body.object("headers") : json::object());
  const auto tokens = body.find_integer("prompt_tokens", 0, 1'000'000'000);
  const auto output = body.find_integer("max_tokens", 1, 10'000'000);
  const bool is_streamed = body.flag("stream");
  if (auto ok = body.check(); !ok) return pass(ok);
  if (!headers) return pass(headers);
  auto needs = read_needs(needs_list);
  if (!needs) return pass(needs);
  caller.declared_class = policy::find_class(data_class);
  if (!data_class.empty() && !caller.declared_class) {
    return refuse("data_class", fmt::format("\"{}\" is no data class", utf8_prefix(data_class, 40)),
                  "Use public, internal, confidential or restricted.");
  }
  const auto use_case = load_use_case(*parts.gateway, name);
  if (!use_case) return std::unexpected(use_case.error());
  json::object chat{{"model", use_case->name},
                    {"messages", json::array{json::object{{"role", "user"}, {"content", prompt}}}}};
  if (output) chat["max_tokens"] = *output;
  auto request = gateway::parse_chat_request(std::move(chat));
  if (!request) return pass(request);
  call.request = std::move(*request);
  call.request.is_streamed = is_streamed;  // what is waited for: a dry run answers whole
  caller.principal = principal_for(*use_case);
  caller.environment = caller.principal->environment;
  caller.region = segment_value(caller.segment, "region");
  parts.gateway->keep_headers(caller, *headers);
  call.surface = "simulation";
  call.is_dry_run = true;
  call.assumed = gateway::Assumptions{tokens, *needs, language.empty() ? std::nullopt : std::optional(language)};
  return call;
}

Result<Response> simulate(const RoutingParts& parts, const Call& http) {
  auto call = read_call(parts, http);
  if (!call) return pass(call);
  const auto use_case = call->request.model;
  const auto outcome = parts.gateway->chat_blocking(std::move(*call));
  json::object answer{{"use_case", use_case},
                      {"route", outcome.trace.route},
                      {"release", outcome.trace.release},
                      {"data_class", outcome.trace.data_class},
                      {"rule", nullptr},
                      {"models", json::array()},
                      {"traits", nullptr},
                      {"decisions", decisions_json(outcome.trace.decisions)},
                      {"error", outcome.error ? json::value(fault_json(*outcome.error)) : json::value(nullptr)}};
  for (const auto& decision : outcome.trace.decisions) {
    if (decision.stage == "route" && decision.verdict == "match") answer["rule"] = decision.rule;
  }
  if (const auto plan = parse_json_object(outcome.body)) {
    for (const auto* name : {"models", "traits"}) {
      if (const auto* value = find_member(*plan, name)) answer[name] = *value;
    }
  }
  return json_answer(answer);
}

}  // namespace

Routes routing_routes(const RoutingParts& parts) {
  using enum io::http::Method;
  return {
      row(Post, "/api/v1/routes/simulate", Access::Viewer, simulate, parts),
      row(Get, "/api/v1/routes/compare", Access::Viewer, compare_routes, parts),
  };
}

}  // namespace millwright::api
