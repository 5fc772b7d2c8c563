#include "features/gateway/prepared_call.hpp"

#include <limits>

#include "features/gateway/bounds.hpp"
#include "features/gateway/compose.hpp"
#include "features/gateway/pipeline.hpp"

namespace millwright::gateway {
namespace {

const std::pair<const char*, std::string finops::CallFacts::*> texts[] = {
    {"use_case", &finops::CallFacts::use_case}, {"team", &finops::CallFacts::team},
    {"user", &finops::CallFacts::user},         {"key", &finops::CallFacts::key},
    {"environment", &finops::CallFacts::environment}, {"model", &finops::CallFacts::model},
    {"provider", &finops::CallFacts::provider}, {"release", &finops::CallFacts::release},
    {"surface", &finops::CallFacts::surface},
};

}  // namespace

json::object PreparedCall::to_json() const {
  json::object kept{{"trace", facts.trace.text()},
                    {"time", to_micros(facts.time)},
                    {"operation", static_cast<std::int64_t>(operation)},
                    {"route", route},
                    {"data_class", data_class},
                    {"input_tokens_bound", input_tokens_bound},
                    {"worst_case", worst_case.nano()}};
  for (const auto& [name, member] : texts) kept[name] = facts.*member;
  return kept;
}

Result<PreparedCall> PreparedCall::parse(const json::object& kept) {
  auto trace = Id::parse(string_member(kept, "trace"));
  auto time = load_integer(kept, "time");
  auto operation = load_integer(kept, "operation");
  auto worst_case = load_integer(kept, "worst_case");
  auto bound = load_integer(kept, "input_tokens_bound");
  if (!bound || !trace || !time || !operation || !worst_case || *operation < 0 || *operation > 3) {
    return fail(ErrorCode::Corrupt, "a kept call cannot be read");
  }
  PreparedCall call;
  call.facts.trace = *trace;
  call.facts.time = from_micros(*time);
  call.operation = static_cast<Operation>(*operation);
  call.input_tokens_bound = *bound;
  call.route = string_member(kept, "route");
  call.data_class = string_member(kept, "data_class");
  call.worst_case = Money::from_nano(*worst_case);
  for (const auto& [name, member] : texts) call.facts.*member = string_member(kept, name);
  return call;
}

/// A provider's batch is asked for one model at its batch price; what it may cost is reserved by whoever sends it.
void ChatPipeline::give_prepared() {
  auto& prepared = *call_.prepared;
  const auto& candidate = candidates_.front();
  const auto limit = output_limit(*candidate.model);
  if (call_.request.operation == Operation::Chat) set_limits(body_, *candidate.model, limit, false);
  else body_["model"] = candidate.model->id;
  prepared.facts = facts();
  prepared.operation = call_.request.operation;
  prepared.route = trace_.route;
  prepared.data_class = trace_.data_class;
  auto bounds = bounds_of(body_, {input_tokens_bound_, call_.request.operation == Operation::Chat ? limit : 0,
                                  candidate.model->context_tokens});
  bounds.tier = finops::ServiceTier::Batch;
  prepared.worst_case = finops::worst_case(bounds, *candidate.price, trace_.start);
  prepared.has_passages = !release_->index.is_none();
  prepared.input_tokens_bound = input_tokens_bound_;
  take_over(prepared.body, std::move(body_));
}

io::Task<std::expected<PreparedCall, ChatOutcome>> Gateway::prepare(ChatCall call) {
  PreparedCall prepared;
  call.prepared = &prepared;
  ChatPipeline pipeline(*state_, std::move(call));
  auto outcome = co_await pipeline.run();
  if (outcome.error || prepared.facts.trace.is_none()) co_return std::unexpected(std::move(outcome));
  co_return prepared;
}

namespace {

telemetry::Trace trace_of(const PreparedCall& prepared) {
  telemetry::Trace trace;
  const auto& facts = prepared.facts;
  trace.id = facts.trace;
  trace.start = facts.time;
  trace.surface = facts.surface;
  trace.use_case = facts.use_case;
  trace.team = facts.team;
  trace.user = facts.user;
  trace.environment = facts.environment;
  trace.model = facts.model;
  trace.provider = facts.provider;
  trace.release = facts.release;
  trace.route = prepared.route;
  trace.data_class = prepared.data_class;
  trace.cache = "off";
  trace.attempts = 1;
  trace.http_status = 200;
  trace.decisions.push_back({"route", "batch", "route:" + prepared.route, {}});
  return trace;
}

/// The answer under the guard, as a call that somebody waits for would give it.
void accept(ChatOutcome& outcome, json::object body, const policy::Guard& guard) {
  const auto verdict = guard_answer(body, guard);
  if (!verdict.findings.empty()) {
    json::object evidence;
    for (const auto& [type, count] : verdict.findings) evidence[type] = count;
    outcome.trace.decisions.push_back(
        {"guard.output", std::string(policy::action_name(verdict.action)), "guard", json::serialize(evidence)});
  }
  if (verdict.action == policy::Action::Block) {
    auto error = fail(ErrorCode::PolicyRefused, "the answer held what must not leave and was withheld");
    error.error().rule = "guard.output";
    outcome.error = std::move(error.error());
    return;
  }
  outcome.answer = std::move(body);
}

/// For an answer that does not say what it used.
finops::TokenCounts estimate(const PreparedCall& prepared, const json::object& body) {
  finops::TokenCounts tokens;
  tokens.input = std::max<std::int64_t>(1, prepared.input_tokens_bound / 4);
  if (prepared.operation == Operation::Chat) tokens.output = static_cast<std::int64_t>(json::serialize(body).size() / 4);
  return tokens;
}

/// Whoever sent the batch holds the money: the call itself needs none.
io::Task<Result<void>> book(finops::Accounts& accounts, const finops::CallFacts& facts, const finops::ModelPrice& price,
                            telemetry::Trace& trace, const finops::Usage& usage) {
  finops::AdmitRequest admit;
  admit.facts = facts;
  admit.price = &price;
  auto flight = co_await accounts.admit(std::move(admit));
  if (!flight) co_return pass(flight);
  auto settled = co_await flight->settle(trace, usage);
  co_return settled;
}

void note_error(ChatOutcome& outcome) {
  const auto code = outcome.error->code;
  outcome.trace.status =
      meaning(code).http_status < 500 ? telemetry::TraceStatus::Refused : telemetry::TraceStatus::Failed;
  outcome.trace.http_status = meaning(code).http_status;
  outcome.trace.error_code = meaning(code).name;
  outcome.trace.error_message = outcome.error->message;
}

}  // namespace

io::Task<ChatOutcome> Gateway::settle_prepared(PreparedCall prepared, ProviderResult result, Booked booked) {
  const auto config = state_->config.load();
  ChatOutcome outcome;
  outcome.trace = trace_of(prepared);
  outcome.trace.duration_us = static_cast<std::uint32_t>(std::min<std::int64_t>(
      to_micros(state_->parts.clock->now()) - to_micros(prepared.facts.time), std::numeric_limits<std::uint32_t>::max()));
  finops::Usage usage;
  usage.tier = finops::ServiceTier::Batch;
  if (result) {
    usage.is_estimated = !result->usage;
    usage.tokens = result->usage ? *result->usage : estimate(prepared, result->body);
    usage.provider_request = result->provider_request;
    outcome.trace.provider_model = result->provider_model;
    accept(outcome, std::move(result->body), *config->guard);
  } else {
    if (result.error().usage) usage.tokens = *result.error().usage;
    outcome.error = std::move(result.error().error);
    outcome.error_from_provider = true;
  }
  if (outcome.error) note_error(outcome);
  const auto& price = config->prices->find(prepared.facts.model, prepared.facts.time);
  if (booked == Booked::Yes) {
    outcome.trace.cost = finops::cost_of(usage.tokens, price, {usage.tier, prepared.facts.time});
  } else {
    auto settled = co_await book(*state_->parts.accounts, prepared.facts, price, outcome.trace, usage);
    if (!settled && !outcome.error) outcome.error = std::move(settled.error());
    const auto now = state_->parts.clock->now();
    if (config->limits) state_->limits.charge(*config->limits, prepared.facts, counted_tokens(outcome.trace.tokens), now);
  }
  if (!outcome.error) {
    outcome.answer["millwright"] = json::object{{"trace", outcome.trace.id.text()},
                                                {"release", outcome.trace.release},
                                                {"model", outcome.trace.model},
                                                {"route", outcome.trace.route},
                                                {"cache", outcome.trace.cache},
                                                {"cost_usd", render_decimal(outcome.trace.cost)}};
    outcome.body = json::serialize(outcome.answer);
  }
  state_->parts.metrics->count_request(outcome.trace);
  co_return outcome;
}

}  // namespace millwright::gateway
