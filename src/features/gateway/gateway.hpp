// The gateway: one path for every call, whatever its surface: authenticate, policy, admission with reserved money,
// guard, cache, retrieval, route, provider, guard, settlement, trace. One file a stage.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "features/finops/finops.hpp"
#include "features/gateway/background_calls.hpp"
#include "features/gateway/chat.hpp"
#include "features/gateway/config.hpp"
#include "features/gateway/limits.hpp"
#include "features/gateway/model_state.hpp"
#include "features/gateway/mcp.hpp"
#include "features/gateway/passthrough.hpp"
#include "features/gateway/prepared_call.hpp"
#include "features/gateway/provider.hpp"
#include "features/gateway/request_fields.hpp"
#include "features/gateway/response_store.hpp"
#include "features/gateway/task_classifiers.hpp"
#include "features/policy/policy.hpp"
#include "features/retrieval/retrieval.hpp"
#include "features/telemetry/telemetry.hpp"
#include "io/loop/runtime.hpp"
#include "io/loop/task.hpp"

namespace millwright::gateway {

/// What is live for one use case: published by features/delivery.
struct Live {
  LiveRelease stable;
  std::optional<LiveRelease> canary;
  std::uint32_t canary_basis_points = 0;   // of 10,000; the bucket is a digest of use case and user (else session, key)
};
using LiveTable = std::map<std::string, Live, std::less<>>;

/// The bucket of a caller, 0…9,999: stable across releases and restarts.
[[nodiscard]] std::uint32_t bucket_of(std::string_view use_case, const Caller& caller);

/// Everything a configuration gives the gateway, swapped as one.
struct GatewayState {
  GatewayConfig config;
  std::map<std::string, std::shared_ptr<Provider>, std::less<>> providers;
  std::map<std::string, std::shared_ptr<const McpServer>, std::less<>> mcp_servers;
  std::shared_ptr<const policy::Policy> policy;
  std::shared_ptr<const policy::Guard> guard;
  std::shared_ptr<const finops::PriceBook> prices;
  std::shared_ptr<const LimitSet> limits;   // of Gateway::prepare_limits; nothing where none are configured
  TaskClassifiers task_classifiers;
  std::shared_ptr<const RouteBoard> board;   // set by Gateway::replace_state
};

struct GatewayParts {
  io::Runtime* runtime = nullptr;
  finops::Accounts* accounts = nullptr;
  retrieval::Retrieval* retrieval = nullptr;
  telemetry::Metrics* metrics = nullptr;
  io::http::Client* client = nullptr;  // for MCP servers; providers have their own way out
  const Clock* clock = nullptr;
  std::size_t cache_bytes_max = 64u << 20;
  std::int64_t calls_max = 4'096;         // in flight; beyond it a call is refused with Unavailable and retry_after
  Duration queue_wait{200};               // how long a call may wait for room before that
  Duration call_timeout{600'000};         // of a whole call, whatever its route allows
};

/// How full the room for calls is.
struct RoomStatus {
  std::int64_t in_flight = 0, calls_max = 0, waiting = 0;
  int shed_level = 0;                     // how many of the lower priorities are shed because the loops are late
};

/// By the tokeniser of the first model that would serve it.
struct PromptCount {
  std::int64_t tokens = 0;           // all of them
  std::int64_t release_prompt = 0;   // of these
  bool is_exact = false;
  std::string tokeniser;             // as tokens::Tokeniser::name
};

/// Thread-safe.
class Gateway {
 public:
  explicit Gateway(GatewayParts parts);
  ~Gateway();

  void replace_state(std::shared_ptr<const GatewayState> state);
  [[nodiscard]] std::shared_ptr<const GatewayState> state() const;
  /// Where shadow calls run; without it there are none. `background` is stopped before the gateway ends.
  void use_background(BackgroundCalls& background);
  void replace_live(std::shared_ptr<const LiveTable> live);
  [[nodiscard]] std::shared_ptr<const LiveTable> live() const;

  /// One call, to its end. On a loop thread. Never throws for reasons outside the program; every exit leaves a ledger
  /// row and a trace. What `call` points to stays until the task ends.
  [[nodiscard]] io::Task<ChatOutcome> chat(ChatCall call);
  /// The same from a thread that may block.
  [[nodiscard]] ChatOutcome chat_blocking(ChatCall call);

  /// The limits ready to be asked, for a state that is to replace the one in force. A quota that is new is counted from
  /// the ledger: may block.
  [[nodiscard]] Result<std::shared_ptr<const LimitSet>> prepare_limits(const std::vector<LimitConfig>& limits);
  /// Each limit in force with those of its members that use it most.
  [[nodiscard]] std::vector<LimitUse> limit_use(std::size_t members_max) const;
  /// The limits that a key has of its own.
  [[nodiscard]] KeyUse key_use(const identity::Principal& key) const;
  [[nodiscard]] RoomStatus room() const;

  /// One request in a provider's own words, to its end. As chat; every exit leaves a row and a trace.
  [[nodiscard]] io::Task<RawOutcome> pass_through(RawCall call);

  /// One request to a server of the Model Context Protocol, to its end. As pass_through; a refused request leaves a
  /// row, and so does one that is answered.
  [[nodiscard]] io::Task<McpOutcome> call_mcp(McpCall call);

  /// A call up to where a provider would be called: admitted by every rule but money, guarded, composed, routed. A
  /// refusal has its ledger row and trace as ever; a prepared call has none until settle_prepared is called for it.
  [[nodiscard]] io::Task<std::expected<PreparedCall, ChatOutcome>> prepare(ChatCall call);
  /// The end of a prepared call that a provider's batch has answered: guarded, booked at batch prices, with its ledger
  /// row. Its money is held by whoever sent the batch.
  [[nodiscard]] io::Task<ChatOutcome> settle_prepared(PreparedCall prepared, ProviderResult result, Booked booked);

  /// Names a key may put into `model`: its use case, and the models it was given.
  [[nodiscard]] std::vector<std::string> models_for(const identity::Principal& principal) const;
  /// Whether `name` is one of those, or an alias of a use case that the key may call.
  [[nodiscard]] bool may_name(const identity::Principal& principal, std::string_view name) const;

  /// Keeps those headers of a request that a rule of a route looks at; no others reach the gateway.
  void keep_headers(Caller& caller, const io::http::Headers& headers) const;

  /// How many tokens a checked request for this use case or model has, with the prompt of the live release. What would
  /// be retrieved for it is not known before it is asked. Large ones are counted on a thread that may block;
  /// Unavailable when there is none free.
  [[nodiscard]] io::Task<Result<PromptCount>> count_prompt(ChatRequest request) const;

  /// What compression and the semantic cache have done since the start: render_economy of economy_counts.hpp.
  [[nodiscard]] json::object economy() const;

  /// Counts a request that calls no model against the key's requests a minute; `state` is set for keys with such a
  /// limit. RateLimited with retry_after.
  [[nodiscard]] Result<void> take_request(const identity::Principal& principal, std::optional<RateState>& state);

  struct State;   // internal, shared with the pipeline

 private:
  std::unique_ptr<State> state_;
};

}  // namespace millwright::gateway
