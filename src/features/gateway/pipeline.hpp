// One chat call from request to settled answer: a stage a method, a file a group of stages, all on one loop.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "features/gateway/breakers.hpp"
#include "features/gateway/call_room.hpp"
#include "features/gateway/citations.hpp"
#include "features/gateway/compression.hpp"
#include "features/gateway/economy_counts.hpp"
#include "features/gateway/exact_cache.hpp"
#include "features/gateway/gateway.hpp"
#include "features/gateway/limits.hpp"
#include "features/gateway/media_bill.hpp"
#include "features/gateway/media_guard.hpp"
#include "features/gateway/output_guard.hpp"
#include "features/gateway/prompt_cache_use.hpp"
#include "features/gateway/route_planner.hpp"
#include "features/gateway/semantic_cache.hpp"

namespace millwright::gateway {

/// What all calls share.
struct Gateway::State {
  GatewayParts parts;
  std::atomic<std::shared_ptr<const GatewayState>> config{std::make_shared<const GatewayState>()};
  std::atomic<std::shared_ptr<const LiveTable>> live{std::make_shared<const LiveTable>()};
  Limits limits;
  std::shared_ptr<CallRoom> room;
  std::atomic<bool> is_watching_loops{false};
  ExactCache cache;
  SemanticCache semantic;
  EconomyCounts economy;
  PromptCacheUse prompt_caches;
  Breakers breakers;
  std::atomic<std::uint32_t> next_loop{0};
  std::atomic<bool> has_header_rules{false};
  std::atomic<BackgroundCalls*> background{nullptr};
  const std::string session_secret = random_bytes(32);  // ties MCP sessions to the keys that began them

  explicit State(GatewayParts given)
      : parts(given),
        room(std::make_shared<CallRoom>(
            CallRoomSettings{.calls_max = given.calls_max, .queue_wait = given.queue_wait})),
        cache(given.cache_bytes_max),
        semantic(given.cache_bytes_max / 4),
        economy(given.clock->now()) {}
};

/// A model that may serve the call, with everything needed to call it.
struct Candidate {
  const ModelConfig* model = nullptr;
  std::shared_ptr<Provider> provider;
  const finops::ModelPrice* price = nullptr;
  BreakerSettings breaker;
  std::shared_ptr<ModelState> state;
  bool is_tried = false;                      // as the second attempt of a hedge
};

/// What a call takes of the limits of one model.
struct ModelUse {
  LimitHold hold;
  std::vector<LimitAsk> asks;
  std::int64_t tokens = 0, rows = 0;      // of attempts that have rows already
};

/// A question in the semantic cache's words.
struct AlikeQuestion {
  Digest scope;
  QuestionPrint print;
  std::shared_ptr<const CachedAnswer> would_be;   // in shadow mode, what would have been given
};

class ChatPipeline {
  using SteadyTime = std::chrono::steady_clock::time_point;

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

  // stage_resolve.cpp: what is being called, by whom
  Result<void> resolve();
  Result<void> resolve_use_case(const UseCaseConfig& use_case);
  Result<void> resolve_model(const ModelConfig& model);
  void recognise_task();
  Result<void> choose_release();

  // stage_admit.cpp: room, limits, and what was really used of them
  [[nodiscard]] Priority priority() const;
  [[nodiscard]] bool enter_room();
  io::Task<Result<void>> wait_for_room();
  void bind_limits();
  Result<void> check_limits();
  void cap_output(std::int64_t most, std::string_view rule);
  Result<void> take_limits();
  /// Nothing when the model may be called as far as its limits go: then it is counted, until leave_model or settlement.
  [[nodiscard]] std::optional<Error> find_model_limit(const Candidate& candidate);
  [[nodiscard]] std::optional<Error> take_model_limits(const Candidate& candidate, ModelUse& use);
  void leave_model();
  void count_booked(const telemetry::TokenCounts& tokens, ModelUse& use);
  CallRates settle_model_use(ModelUse& use);
  void settle_limits();
  void show_rates(const CallRates& states);
  void decide_admitted(std::span<const LimitAsk> asks, const CallRates& states);
  [[nodiscard]] LimitedCaller limited_caller() const;
  [[nodiscard]] std::int64_t output_limit(const ModelConfig& model) const;
  [[nodiscard]] std::int64_t token_bound(std::int64_t prompt) const;

  // stage_tokens.cpp: tokens that are counted before anything is sent, where bytes do not decide
  struct TokenNeed {
    tokens::Tokeniser tokeniser;
    std::int64_t limit = 0;
  };
  [[nodiscard]] std::vector<TokenNeed> prompt_token_needs() const;
  io::Task<Result<void>> count_prompt(std::vector<TokenNeed> needs);
  [[nodiscard]] std::optional<tokens::Count> find_excess(const tokens::Tokeniser& tokeniser, std::int64_t limit) const;
  Result<void> check_prompt_tokens();
  [[nodiscard]] std::optional<Error> check_prompt(const Limit& limit, const tokens::Tokeniser& tokeniser) const;
  [[nodiscard]] std::vector<TokenNeed> context_needs() const;
  io::Task<Result<void>> count_for_contexts(std::vector<TokenNeed> needs);
  [[nodiscard]] std::int64_t prompt_tokens_bound() const;
  [[nodiscard]] const tokens::Tokeniser& tokeniser_of(std::string_view model) const;
  [[nodiscard]] bool may_serve(std::string_view model) const;   // by the route

  // stage_prepare.cpp: what may be sent, to whom
  Result<void> guard_input();
  [[nodiscard]] bool is_cacheable() const;
  bool find_cached();
  [[nodiscard]] bool is_retrieved();   // takes the question out of the messages
  io::Task<Result<void>> retrieve();

  // stage_route.cpp: which models may serve it
  Result<void> plan_route();
  [[nodiscard]] RequestTraits traits() const;
  [[nodiscard]] bool admit_candidate(Candidate& candidate, std::optional<Error>& refusal);
  [[nodiscard]] Error no_candidate(const RoutePlan& plan) const;
  void put_prompt_together();

  // stage_economy.cpp: what need not be sent, or not be asked again
  void find_alike();
  void compare_alike();
  void keep_alike(const std::shared_ptr<const CachedAnswer>& answer);
  [[nodiscard]] bool is_compressible() const;
  io::Task<Result<void>> compress();
  void apply_compression(CompressionPlan plan);
  void count_cited();
  void note_prompt_prefix();
  void mark_prompt_prefix(const Candidate& candidate, json::object& body, bool& has_mark);

  // stage_call.cpp: money, attempts, streams
  io::Task<Result<void>> reserve(const Candidate& candidate);
  io::Task<Result<void>> call_models();
  [[nodiscard]] std::optional<Error> left_alone(const Candidate& candidate);
  void report_health(const Candidate& candidate, const ProviderFailure* failure, SteadyTime began);
  io::Task<Result<void>> try_model(const Candidate& candidate, bool& may_fall_back);
  io::Task<Result<void>> book_failed_attempt(const ProviderFailure& failure, const Candidate& candidate);
  [[nodiscard]] std::optional<Duration> wait_before_retry(const Candidate& candidate, const ProviderFailure& failure,
                                                          int tried);
  io::Task<ProviderResult> attempt(const Candidate& candidate);
  [[nodiscard]] ProviderCall make_call(const Candidate& candidate, json::object& body,
                                       const io::http::Cancellation& cancellation) const;
  void note_spend(const telemetry::Trace& settled);
  io::Task<Result<void>> on_chunk(json::object chunk);
  io::Task<Result<void>> send_chunk(json::object chunk);
  [[nodiscard]] Money worst_case_of(const Candidate& candidate) const;
  void tighten_input_bound();
  [[nodiscard]] finops::CallFacts facts() const;

  // stage_race.cpp: attempts with a limit on their first content, and a second attempt beside a slow one
  struct Attempt;
  struct Race;
  [[nodiscard]] bool is_raced() const;
  io::Task<ProviderResult> race(const Candidate& candidate);
  [[nodiscard]] Candidate* find_rival(const Candidate& candidate);
  [[nodiscard]] Duration hedge_delay(const Candidate& candidate) const;
  io::Task<void> add_rival(Race& race, Candidate& candidate);
  void give_up();   // the caller has gone
  static io::Task<void> run_attempt(ChatPipeline& call, Race& race, Attempt& attempt);
  io::Task<Result<void>> on_raced_chunk(Race& race, Attempt& attempt, json::object chunk);
  void claim(Race& race, Attempt& attempt);
  void end_attempt(Race& race, Attempt& attempt);
  void call_it_late(ProviderFailure& failure, const Candidate& candidate) const;
  io::Task<Result<void>> settle_rival(Attempt& attempt);

  // stage_shadow.cpp: a copy for another model, after the answer
  [[nodiscard]] bool wants_shadow();
  [[nodiscard]] bool is_shadow_budget_spent() const;
  void start_shadow();
  void compare_with_original();
  void note_shadow_spend();
  // stage_media.cpp: images, speech, transcripts
  class MediaStream;
  io::Task<ProviderResult> attempt_media(const Candidate& candidate, ProviderCall call);
  io::Task<Result<void>> on_media_event(std::string name, json::object data);
  io::Task<Result<void>> write_media(std::string_view bytes);
  io::Task<Result<void>> send_media_event(std::string_view name, const json::object& data);
  Result<void> accept_media();
  io::Task<Result<void>> deliver_media();
  [[nodiscard]] finops::Usage media_usage(const std::optional<finops::TokenCounts>& reported);

  // stage_finish.cpp: guard, cite, settle, render
  Result<void> accept_answer();
  void cite();
  io::Task<Result<void>> settle();
  [[nodiscard]] bool give_at_once();
  io::Task<Result<void>> deliver();
  void give_whole();
  io::Task<Result<void>> deliver_cached();
  io::Task<Result<void>> deliver_as_stream();
  void keep_in_cache();
  void use_fallback_message();
  void render_dry_run();
  /// What the answer says of its call; lives in `memory`, so that putting it there copies nothing.
  [[nodiscard]] json::object call_members(json::storage_ptr memory) const;
  [[nodiscard]] finops::Usage estimated_usage() const;

  void give_prepared();   // prepared_call.cpp

  [[nodiscard]] Duration time_left() const;
  [[nodiscard]] std::unexpected<Error> out_of_time() const;

  static const LiveRelease no_release;

  Gateway::State& shared_;
  ChatCall call_;                             // its request's body moves to body_
  std::shared_ptr<const GatewayState> config_;
  ChatOutcome outcome_;
  telemetry::Trace& trace_ = outcome_.trace;
  SteadyTime started_;

  const UseCaseConfig* use_case_ = nullptr;   // nothing: a model called by its own name
  RouteConfig direct_route_;
  const RouteConfig* route_ = nullptr;
  std::shared_ptr<const LiveTable> live_;     // what release_ may be part of
  const LiveRelease* release_ = &no_release;
  policy::DataClass data_class_ = policy::DataClass::Confidential;
  std::int64_t output_tokens_ = 0;            // the most the answer may have; 0: the model's own limit
  json::object body_;                         // as guarded; later with prompt and passages
  std::string question_;
  Digest cache_key_;
  std::shared_ptr<const CachedAnswer> cached_;
  std::optional<AlikeQuestion> alike_;        // when the semantic cache is asked
  std::vector<std::string> shadow_passages_;  // as they would have been sent compressed
  bool prefix_comes_again_ = false, is_prefix_marked_ = false;
  std::vector<retrieval::ScoredChunk> passages_;
  double best_possible_score_ = 0;
  RouteState* route_state_ = nullptr;         // nothing: a model called by its own name
  std::optional<json::object> shadow_body_;   // as guarded, before prompt and passages
  Counted route_place_;                       // among the calls at the route's own models
  std::vector<Candidate> candidates_;         // first choice first
  const Candidate* served_by_ = nullptr;      // the one whose flight is flight_
  Race* race_ = nullptr;                      // while attempts run beside each other
  std::int64_t input_tokens_bound_ = 0;
  std::map<tokens::Encoding, std::int64_t> tight_bounds_;   // of input tokens; filled when money is short

  struct PromptTokens {
    tokens::Tokeniser tokeniser;
    std::int64_t up_to = 0;                   // counted no further than soon after this
    tokens::Count count;
  };
  std::vector<PromptTokens> prompt_tokens_;   // of the caller's prompt, for limits that its bytes do not decide
  CountedTokens context_tokens_;              // of what will be sent at least, for contexts likewise

  CallRoom::Entry room_entry_ = CallRoom::Entry::Entered;
  RoomPlace place_;
  std::string key_id_;                        // where the key has limits
  std::vector<const Limit*> bound_;   // configured limits that bind the caller
  std::vector<LimitAsk> asks_;
  LimitHold hold_;
  ModelUse model_use_;                        // of served_by_
  std::int64_t booked_tokens_ = 0;            // of attempts that have rows already

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
  const Candidate* called_ = nullptr;         // the last that was
  std::unique_ptr<TranscriptGuard> transcript_guard_;
  std::string media_type_;                                         // of a stream of media
  std::vector<std::pair<std::string, json::object>> held_events_;  // the end of one, sent after settlement
  MediaFacts media_facts_;                                         // as seen in a stream so far
  bool is_blocked_ = false;
};

}  // namespace millwright::gateway
