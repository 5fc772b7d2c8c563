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
#include "features/gateway/provider.hpp"
#include "features/gateway/request_fields.hpp"
#include "features/gateway/response_store.hpp"
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
  std::shared_ptr<const policy::Policy> policy;
  std::shared_ptr<const policy::Guard> guard;
  std::shared_ptr<const finops::PriceBook> prices;
  std::shared_ptr<const LimitSet> limits;   // of Gateway::prepare_limits; nothing where none are configured
  std::shared_ptr<const RouteBoard> board;   // set by Gateway::replace_state
};

struct GatewayParts {
  io::Runtime* runtime = nullptr;
  finops::Accounts* accounts = nullptr;
  retrieval::Retrieval* retrieval = nullptr;
  telemetry::Metrics* metrics = nullptr;
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
  [[nodiscard]] RoomStatus room() const;

  /// Names a key may put into `model`: its use case, and the models it was given.
  [[nodiscard]] std::vector<std::string> models_for(const identity::Principal& principal) const;

  /// Keeps those headers of a request that a rule of a route looks at; no others reach the gateway.
  void keep_headers(Caller& caller, const io::http::Headers& headers) const;

  /// Counts a request that calls no model against the key's requests a minute; `state` is set for keys with such a
  /// limit. RateLimited with retry_after.
  [[nodiscard]] Result<void> take_request(const identity::Principal& principal, std::optional<RateState>& state);

  struct State;   // internal, shared with the pipeline

 private:
  std::unique_ptr<State> state_;
};

}  // namespace millwright::gateway
