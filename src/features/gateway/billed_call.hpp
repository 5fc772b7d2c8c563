// What every call needs that is passed on in its own words: who it counts for, limits, guard, policy, money, a trace.
// Chat and the operations have the same in ChatPipeline, stage by stage.
#pragma once

#include "features/gateway/pipeline.hpp"

namespace millwright::gateway {

/// One call on one loop. Ends with `settle`, once, however it went.
class BilledCall {
 public:
  /// `shared` outlives the call.
  BilledCall(Gateway::State& shared, Caller caller, std::string surface);

  /// The use case that the call counts for: the key's own; a key without one names it in `named`. Forbidden, NotFound,
  /// and Unavailable while it is paused.
  [[nodiscard]] Result<void> resolve(std::string_view named);
  /// InvalidInput for a call that asks for a dry run: what is passed on cannot be tried without being sent.
  [[nodiscard]] static Result<void> check_dry_run(const io::http::Headers& headers);
  /// Room on this server by the use case's priority, then all limits of the caller. `tokens`: the most it may use.
  [[nodiscard]] Result<void> take_limits(std::int64_t tokens);
  /// What may be done with what was found in texts that go out.
  enum class OnFinding : std::uint8_t { Redact, Refuse };
  /// Reads every text of `body`. Where it may be changed, what must be taken out is; where bytes must stay as they are,
  /// such a finding refuses the call. Raises the data class by what stays. PolicyRefused.
  [[nodiscard]] Result<void> guard_input(json::value& body, OnFinding on_finding);
  /// Whether data of this class may go there.
  [[nodiscard]] Result<void> check_flow(const policy::ProviderFacts& facts);

  /// Holds `worst_case`. BudgetExhausted, Unavailable.
  [[nodiscard]] io::Task<Result<void>> reserve(std::string_view model, std::string_view provider,
                                               const finops::ModelPrice& price, Money worst_case);
  /// Bytes are about to leave.
  void mark_sent();
  /// What the other end answered.
  void note_status(std::uint16_t status);
  /// The trace's model is the name of a tool.
  void note_tool() { is_tool_call_ = true; }
  /// Notes what went wrong; the first error counts.
  void fail(Error error);
  void decide(std::string_view stage, std::string_view verdict, std::string_view rule,
              std::initializer_list<telemetry::EvidenceItem> evidence = {});
  /// Writes the row and the trace: what was reserved is settled by `usage` at `price`, nothing reserved is a free row.
  [[nodiscard]] io::Task<Result<void>> settle(const finops::Usage& usage, const finops::ModelPrice* price);

  [[nodiscard]] const GatewayState& config() const { return *config_; }
  [[nodiscard]] const UseCaseConfig* use_case() const { return use_case_; }
  [[nodiscard]] const identity::Principal& principal() const { return *caller_.principal; }
  [[nodiscard]] Duration time_left() const;
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

  telemetry::Trace trace;
  CallRates rates;
  io::http::Cancellation cancellation;

 private:
  [[nodiscard]] finops::CallFacts facts() const;
  [[nodiscard]] Result<void> enter_room();
  [[nodiscard]] Result<void> take(std::span<const LimitAsk> asks, LimitHold& hold);

  Gateway::State& shared_;
  Caller caller_;
  std::shared_ptr<const GatewayState> config_;
  RoomPlace place_;
  std::string key_id_;
  LimitHold hold_, model_hold_;
  std::int64_t tokens_bound_ = 0;
  bool is_admitted_ = false;
  std::chrono::steady_clock::time_point started_;
  const UseCaseConfig* use_case_ = nullptr;
  policy::DataClass data_class_ = policy::DataClass::Confidential;
  finops::Flight flight_;
  std::optional<Error> error_;
  bool is_tool_call_ = false;
};

}  // namespace millwright::gateway
