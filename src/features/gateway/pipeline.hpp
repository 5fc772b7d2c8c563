// One chat call from request to settled answer: a stage a method, a file a group of stages, all on one loop.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "features/gateway/breakers.hpp"
#include "features/gateway/citations.hpp"
#include "features/gateway/exact_cache.hpp"
#include "features/gateway/gateway.hpp"
#include "features/gateway/output_guard.hpp"
#include "features/gateway/rate_limiter.hpp"

namespace millwright::gateway {

/// What all calls share.
struct Gateway::State {
  GatewayParts parts;
  std::atomic<std::shared_ptr<const GatewayState>> config{std::make_shared<const GatewayState>()};
  std::atomic<std::shared_ptr<const LiveTable>> live{std::make_shared<const LiveTable>()};
  RateLimiter rates;
  ExactCache cache;
  Breakers breakers;
  std::atomic<std::uint32_t> next_loop{0};
  std::atomic<std::int64_t> in_flight{0};

  explicit State(GatewayParts given) : parts(given), cache(given.cache_bytes_max) {}
};

/// Counts a call for as long as it runs.
class InFlight {
 public:
  explicit InFlight(std::atomic<std::int64_t>& count)
      : count_(count), number_(count.fetch_add(1, std::memory_order_relaxed) + 1) {}
  ~InFlight() { count_.fetch_sub(1, std::memory_order_relaxed); }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;
  /// How many ran when this one began, itself included.
  [[nodiscard]] std::int64_t number() const { return number_; }

 private:
  std::atomic<std::int64_t>& count_;
  std::int64_t number_;
};

/// A model that may serve the call, with everything needed to call it.
struct Candidate {
  const ModelConfig* model = nullptr;
  std::shared_ptr<Provider> provider;
  const finops::ModelPrice* price = nullptr;
  BreakerSettings breaker;
};

class ChatPipeline {
 public:
  /// `shared` outlives the pipeline.
  ChatPipeline(Gateway::State& shared, ChatCall call);
  /// From now on nobody hears of it when the caller leaves: what is written after the call ends may still find that out.
  ~ChatPipeline();
  ChatPipeline(const ChatPipeline&) = delete;
  ChatPipeline& operator=(const ChatPipeline&) = delete;
  [[nodiscard]] io::Task<ChatOutcome> run();

 private:
  // pipeline.cpp
  io::Task<Result<void>> serve();
  void decide(std::string_view stage, std::string_view verdict, std::string_view rule,
              std::initializer_list<telemetry::EvidenceItem> evidence = {});
  /// The same for a stage that found things: how many of each type.
  void decide(std::string_view stage, std::string_view verdict, std::string_view rule,
              const std::map<std::string, std::int64_t>& counts);

  // stage_resolve.cpp: what is being called, by whom, within which limits
  Result<void> find_room();
  Result<void> resolve();
  Result<void> resolve_use_case(const UseCaseConfig& use_case);
  Result<void> resolve_model(const ModelConfig& model);
  Result<void> choose_release();
  Result<void> check_limits();
  Result<void> take_rate();

  // stage_prepare.cpp: what may be sent, to whom
  Result<void> guard_input();
  [[nodiscard]] bool is_cacheable() const;
  bool find_cached();
  io::Task<Result<void>> retrieve();
  Result<void> plan_route();
  [[nodiscard]] std::vector<std::string> models_in_order() const;

  // stage_call.cpp: money, attempts, streams
  io::Task<Result<void>> reserve();
  io::Task<Result<void>> call_models();
  [[nodiscard]] std::optional<Error> left_alone(const Candidate& candidate);
  void report_health(const Candidate& candidate, const ProviderFailure* failure);
  io::Task<Result<void>> try_model(const Candidate& candidate, bool& may_fall_back);
  io::Task<Result<void>> book_failed_attempt(const ProviderFailure& failure, const Candidate& candidate);
  io::Task<ProviderResult> attempt(const Candidate& candidate);
  io::Task<Result<void>> on_chunk(json::object chunk);
  io::Task<Result<void>> send_chunk(json::object chunk);
  [[nodiscard]] Money worst_case_of(const Candidate& candidate) const;
  [[nodiscard]] finops::CallFacts facts() const;

  // stage_finish.cpp: guard, cite, settle, render
  Result<void> accept_answer();
  void cite();
  io::Task<Result<void>> settle();
  io::Task<Result<void>> deliver();
  void give_whole();
  io::Task<Result<void>> deliver_cached();
  io::Task<Result<void>> deliver_as_stream();
  void keep_in_cache();
  void use_fallback_message();
  void render_dry_run();
  [[nodiscard]] json::object call_members() const;
  [[nodiscard]] finops::Usage estimated_usage() const;

  void give_prepared();   // prepared_call.cpp

  [[nodiscard]] Duration time_left() const;
  [[nodiscard]] std::unexpected<Error> out_of_time() const;

  Gateway::State& shared_;
  InFlight in_flight_;
  ChatCall call_;                             // its request's body moves to body_
  std::shared_ptr<const GatewayState> config_;
  ChatOutcome outcome_;
  telemetry::Trace& trace_ = outcome_.trace;
  std::chrono::steady_clock::time_point started_;

  const UseCaseConfig* use_case_ = nullptr;   // nothing: a model called by its own name
  RouteConfig direct_route_;
  const RouteConfig* route_ = nullptr;
  LiveRelease release_;
  policy::DataClass data_class_ = policy::DataClass::Confidential;
  std::int64_t output_tokens_ = 0;            // the most the answer may have; 0: the model's own limit
  json::object body_;                         // as guarded; later with prompt and passages
  std::string question_;
  Digest cache_key_;
  std::shared_ptr<const CachedAnswer> cached_;
  std::vector<retrieval::ScoredChunk> passages_;
  double best_possible_score_ = 0;
  std::vector<Candidate> candidates_;         // first choice first
  std::int64_t input_tokens_bound_ = 0;

  finops::Flight flight_;
  std::uint32_t attempt_number_ = 0;
  io::http::Cancellation cancellation_;
  ProviderAnswer answer_;
  bool is_usage_estimated_ = false;   // of answer_.usage
  bool has_answer_ = false;
  bool was_sent_ = false;
  bool has_begun_ = false;                    // the caller has received the first chunk
  std::unique_ptr<OutputStreamGuard> stream_guard_;
  std::vector<json::object> held_;            // finish and usage chunks, sent after settlement
  bool is_blocked_ = false;
};

}  // namespace millwright::gateway
