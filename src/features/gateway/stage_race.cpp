// Attempts whose first content has a limit, and hedging: a second attempt on the next model while the first says
// nothing. The first to give content, or a whole answer, is kept; the other is cancelled and settled on its own.
//
// All of it runs on the call's loop. The race ends only when both attempts have ended, so that nothing outlives the
// call.
#include <array>
#include <exception>

#include <spdlog/spdlog.h>

#include "features/gateway/pipeline.hpp"
#include "io/loop/signal.hpp"
#include "io/loop/ticker.hpp"

namespace millwright::gateway {
namespace {

bool is_said(const json::value& value) {
  if (value.is_null()) return false;
  if (value.is_string()) return !value.get_string().empty();
  if (value.is_array()) return !value.get_array().empty();
  return !value.is_object() || !value.get_object().empty();
}

/// Whether a chunk says more than that an answer is about to come.
bool has_content(const json::object& chunk) {
  const auto* choices = find_member(chunk, "choices");
  if (choices == nullptr || !choices->is_array()) return true;
  return std::ranges::any_of(choices->get_array(), [](const json::value& choice) {
    if (!choice.is_object()) return false;
    const auto* finish = find_member(choice.get_object(), "finish_reason");
    if (finish != nullptr && finish->is_string()) return true;
    const auto* delta = find_member(choice.get_object(), "delta");
    return delta != nullptr && delta->is_object() && std::ranges::any_of(delta->get_object(), [](const auto& member) {
             return member.key() != "role" && is_said(member.value());
           });
  });
}

std::unexpected<Error> too_late() { return fail(ErrorCode::Cancelled, "another attempt was faster"); }

}  // namespace

struct ChatPipeline::Attempt {
  Attempt(io::Ticker& ticker, const Candidate& given) : candidate(&given), deadline(ticker, &Attempt::overdue, this) {}
  static void overdue(void* attempt) {
    auto& self = *static_cast<Attempt*>(attempt);
    self.is_overdue = true;
    self.cancellation.cancel();
  }

  const Candidate* candidate;
  json::object own_body;  // of a rival: its model takes its own limits
  finops::Flight flight;  // of a rival, until it has won
  ModelUse use;           // the same
  io::http::Cancellation cancellation;
  io::Deadline deadline;
  std::vector<json::object> early;  // chunks before the first content
  std::optional<ProviderResult> result;
  SteadyTime began = std::chrono::steady_clock::now();
  bool is_overdue = false;
};

struct ChatPipeline::Race {
  explicit Race(io::Executor executor) : signal(executor) {}
  std::array<std::unique_ptr<Attempt>, 2> attempts;  // the first, and its rival
  Attempt* winner = nullptr;
  io::Signal signal;

  [[nodiscard]] bool is_over() const {
    return std::ranges::all_of(attempts, [](const auto& attempt) { return !attempt || attempt->result; });
  }
};

bool ChatPipeline::is_raced() const {
  if (call_.request.operation != Operation::Chat) return false;
  return route_->hedge || (call_.request.is_streamed && route_->first_token_timeout > Duration(0));
}

void ChatPipeline::give_up() {
  cancellation_.cancel();
  if (inner_gone_) inner_gone_();
  if (race_ == nullptr) return;
  for (const auto& attempt : race_->attempts) {
    if (attempt) attempt->cancellation.cancel();
  }
}

io::Task<ProviderResult> ChatPipeline::race(const Candidate& candidate) {
  const auto executor = co_await io::this_executor();
  Race race(executor);
  race_ = &race;
  auto& ticker = shared_.parts.runtime->ticker(io::Runtime::current_loop().value());
  auto& first = *(race.attempts[0] = std::make_unique<Attempt>(ticker, candidate));
  if (cancellation_.is_cancelled()) first.cancellation.cancel();
  io::spawn(executor, "attempt", run_attempt(*this, race, first));
  auto* rival = find_rival(candidate);
  if (rival != nullptr) {
    co_await race.signal.wait_for(hedge_delay(candidate));
    const bool is_silent = race.winner == nullptr && !race.is_over() && !cancellation_.is_cancelled();
    try {
      if (is_silent) co_await add_rival(race, *rival);
    } catch (const std::exception& e) {
      spdlog::error("call {} goes on without a second attempt: {}", trace_.id.text(),
                    e.what());  // the first still runs
    }
  }
  while (!race.is_over()) co_await race.signal.wait();
  race_ = nullptr;

  auto* second = race.attempts[1].get();
  const bool has_rival_won = second != nullptr && race.winner == second;
  if (second != nullptr) {
    if (has_rival_won) {
      first.flight = std::exchange(flight_, std::move(second->flight));
      first.use = std::exchange(model_use_, std::move(second->use));
    }
    auto settled = co_await settle_rival(has_rival_won ? first : *second);
    ++attempt_number_;
    if (!settled) {
      ProviderFailure failure;
      failure.error = std::move(settled.error());
      failure.may_fall_back = false;
      co_return std::unexpected(std::move(failure));
    }
  }
  auto& kept = has_rival_won ? *second : first;
  auto result = std::move(*kept.result);
  if (!result && race.winner == &kept) result.error().may_be_billed = true;  // it had begun to answer
  co_return result;
}

/// The next model that could help a silent one out; nothing without hedging.
Candidate* ChatPipeline::find_rival(const Candidate& candidate) {
  if (!route_->hedge || route_state_ == nullptr) return nullptr;
  route_state_->hedges.earn(route_->hedge->basis_points, hedge_burst);
  for (auto& other : candidates_) {
    if (&other <= &candidate || other.is_tried) continue;
    if (!shared_.breakers.is_open(other.model->name, shared_.parts.clock->now())) return &other;
  }
  return nullptr;
}

Duration ChatPipeline::hedge_delay(const Candidate& candidate) const {
  if (route_->hedge->after > Duration(0)) return route_->hedge->after;
  const auto wait = call_.request.is_streamed ? Wait::FirstToken : Wait::Whole;
  const auto usual = candidate.state ? candidate.state->quantile(wait, 0.95) : std::nullopt;
  return usual.value_or(route_->timeout);  // nothing is known yet: as good as never
}

io::Task<void> ChatPipeline::add_rival(Race& race, Candidate& candidate) {
  const auto rule = "route:" + route_->name;
  const auto& name = candidate.model->name;
  const auto worst_case = worst_case_of(candidate);
  const auto& hedge = *route_->hedge;
  const auto refuse = [&](std::string_view because) {
    decide("route", "no_hedge", rule,
           {{"model", name}, {"because", because}, {"worst_case_usd", render_decimal(worst_case)}});
  };
  if (hedge.cost_max && worst_case > *hedge.cost_max) co_return refuse("max_cost");
  if (!route_state_->hedges.take()) co_return refuse("max_share");
  ModelUse use;
  if (take_model_limits(candidate, use)) co_return;
  if (left_alone(candidate)) {
    use.hold.cancel();
    co_return;
  }
  finops::AdmitRequest request;
  request.facts = facts();
  request.facts.model = name;
  request.facts.provider = candidate.model->provider;
  request.attempt = attempt_number_ + 1;
  request.price = candidate.price;
  request.worst_case = worst_case;
  auto admitted = co_await shared_.parts.accounts->admit(std::move(request));
  if (!admitted) {
    shared_.breakers.report(name, Breakers::Outcome::Unrelated, candidate.breaker, shared_.parts.clock->now());
    settle_model_use(use);
    co_return refuse(admitted.error().rule);
  }
  if (race.winner != nullptr || race.is_over() || cancellation_.is_cancelled()) {
    // The first has spoken while money was reserved: nothing of the rival leaves.
    shared_.breakers.report(name, Breakers::Outcome::Unrelated, candidate.breaker, shared_.parts.clock->now());
    auto unsent = trace_;
    unsent.status = telemetry::TraceStatus::Cancelled;
    unsent.model = name;
    unsent.provider = candidate.model->provider;
    ++attempt_number_;
    auto settled = co_await admitted->settle(unsent, {});
    count_booked({}, use);
    settle_model_use(use);
    static_cast<void>(settled);  // it cost nothing; the call's own row will tell what is wrong with the ledger
    co_return refuse("answered");
  }
  candidate.is_tried = true;
  auto& ticker = shared_.parts.runtime->ticker(io::Runtime::current_loop().value());
  auto& rival = *(race.attempts[1] = std::make_unique<Attempt>(ticker, candidate));
  rival.flight = std::move(*admitted);
  rival.use = std::move(use);
  rival.own_body = body_;
  bool has_mark = is_prefix_marked_;
  mark_prompt_prefix(candidate, rival.own_body, has_mark);
  decide("route", "hedge", rule,
         {{"model", name},
          {"after_ms", hedge_delay(*race.attempts[0]->candidate).count()},
          {"worst_case_usd", render_decimal(worst_case)}});
  ++trace_.attempts;
  rival.flight.mark_sent();
  const auto executor = co_await io::this_executor();
  io::spawn(executor, "rival", run_attempt(*this, race, rival));
}

io::Task<void> ChatPipeline::run_attempt(ChatPipeline& call, Race& race, Attempt& attempt) {
  const auto& candidate = *attempt.candidate;
  const bool is_rival = race.attempts[1].get() == &attempt;
  try {
    auto& body = is_rival ? attempt.own_body : call.body_;
    auto request = call.make_call(candidate, body, attempt.cancellation);
    const auto request_id = call.trace_.id.text();
    request.request_id = request_id;
    if (request.is_streamed && call.route_->first_token_timeout > Duration(0)) {
      attempt.deadline.expire_after(call.route_->first_token_timeout);
    }
    const auto place = candidate.state ? candidate.state->begin() : Counted();
    const OnChunk on_chunk = [&call, &race, &attempt](json::object chunk) {
      return call.on_raced_chunk(race, attempt, std::move(chunk));
    };
    attempt.result = co_await candidate.provider->chat(request, on_chunk);
  } catch (const std::exception& e) {
    ProviderFailure failure;
    failure.error.message = e.what();
    attempt.result = std::unexpected(std::move(failure));
  }
  call.end_attempt(race, attempt);
  race.signal.notify();
}

/// What an ended attempt means: for the race, its money and the health of its model.
void ChatPipeline::end_attempt(Race& race, Attempt& attempt) {
  attempt.deadline.clear();
  auto& result = *attempt.result;
  const auto& candidate = *attempt.candidate;
  if (result && race.winner == nullptr) claim(race, attempt);
  if (result && result->usage) {
    auto& flight = race.attempts[1].get() == &attempt ? attempt.flight : flight_;
    flight.stage({*result->usage, false, result->provider_request, finops::find_tier(result->service_tier)});
  }
  if (race.winner == nullptr || race.winner == &attempt) {
    if (!result && attempt.is_overdue) call_it_late(result.error(), candidate);
    report_health(candidate, result ? nullptr : &result.error(), attempt.began);
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  const auto wait = call_.request.is_streamed ? Wait::FirstToken : Wait::Whole;
  if (candidate.state) {
    candidate.state->note_at_least(wait, std::chrono::duration_cast<Duration>(now - attempt.began), steady_ms(now));
  }
  shared_.breakers.report(candidate.model->name, Breakers::Outcome::Unrelated, candidate.breaker,
                          shared_.parts.clock->now());
}

void ChatPipeline::call_it_late(ProviderFailure& failure, const Candidate& candidate) const {
  failure.error = {};
  failure.error.code = ErrorCode::Timeout;
  failure.error.rule = "route:" + route_->name;
  failure.error.message =
      fmt::format("the model {} said nothing within {} ms", candidate.model->name, route_->first_token_timeout.count());
  failure.may_fall_back = true;
  failure.may_be_billed = true;  // it may have worked on the prompt all the while
}

void ChatPipeline::claim(Race& race, Attempt& attempt) {
  race.winner = &attempt;
  attempt.deadline.clear();
  for (const auto& other : race.attempts) {
    if (other && other.get() != &attempt) other->cancellation.cancel();
  }
  if (served_by_ == attempt.candidate) return;
  served_by_ = attempt.candidate;
  trace_.model = attempt.candidate->model->name;
  trace_.provider = attempt.candidate->model->provider;
  decide("route", "hedge_won", "route:" + route_->name, {{"model", trace_.model}});
}

io::Task<Result<void>> ChatPipeline::on_raced_chunk(Race& race, Attempt& attempt, json::object chunk) {
  if (race.winner != nullptr && race.winner != &attempt) co_return too_late();
  if (attempt.is_overdue && race.winner == nullptr) co_return too_late();
  if (race.winner == nullptr) {
    const bool is_first_content = has_content(chunk);
    attempt.early.push_back(std::move(chunk));
    if (!is_first_content) co_return Result<void>();
    claim(race, attempt);
    race.signal.notify();
    for (auto& each : attempt.early) {
      auto passed = co_await on_chunk(std::move(each));
      if (!passed) co_return passed;
    }
    attempt.early.clear();
    co_return Result<void>();
  }
  auto passed = co_await on_chunk(std::move(chunk));
  co_return passed;
}

/// The attempt that is not kept, in a row of its own: what it reported, else what it may have used.
io::Task<Result<void>> ChatPipeline::settle_rival(Attempt& attempt) {
  const auto& result = *attempt.result;
  const auto& model = *attempt.candidate->model;
  telemetry::Trace trace = trace_;
  trace.model = model.name;
  trace.provider = model.provider;
  const bool is_late = result || result.error().error.code == ErrorCode::Cancelled;
  trace.status = is_late ? telemetry::TraceStatus::Cancelled : telemetry::TraceStatus::Failed;
  trace.http_status = result ? 200 : result.error().status;
  trace.error_message = is_late ? "another attempt was faster" : result.error().error.message;
  trace.first_token_us = 0;
  trace.response_bytes = 0;
  trace.duration_us = static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - attempt.began).count());
  finops::Usage usage;
  if (result && result->usage) {
    usage = {*result->usage, false, result->provider_request, finops::find_tier(result->service_tier)};
  } else if (!result && result.error().usage) {
    usage = {*result.error().usage, result.error().is_usage_estimated, result.error().provider_request,
             finops::find_tier(result.error().service_tier)};
  } else if (result || result.error().may_be_billed || result.error().error.code == ErrorCode::Cancelled) {
    usage = estimated_usage();
    usage.provider_request = result ? result->provider_request : result.error().provider_request;
    usage.tokens.output = 0;  // the text so far is the winner's
  }
  auto settled = co_await attempt.flight.settle(trace, usage);
  note_spend(trace);
  count_booked(trace.tokens, attempt.use);
  settle_model_use(attempt.use);
  decide("route", is_late ? "hedge_lost" : "hedge_failed", "route:" + route_->name,
         {{"model", model.name}, {"cost_usd", render_decimal(trace.cost)}, {"estimated", trace.is_estimated}});
  co_return settled;
}

}  // namespace millwright::gateway
