// Releases: signed manifests of artifacts for one use case, and how each meets traffic: shadow, canary, promoted,
// rolled back.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/node.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/id.hpp"
#include "base/time.hpp"
#include "features/audit/audit.hpp"
#include "features/evaluation/evaluation.hpp"
#include "features/finops/finops.hpp"
#include "features/gateway/gateway.hpp"
#include "features/registry/registry.hpp"
#include "features/retrieval/retrieval.hpp"
#include "features/telemetry/telemetry.hpp"

namespace millwright::delivery {

enum class ReleaseState : std::uint8_t { Draft, Evaluated, Blocked, Signed, Canary, Live, Superseded, RolledBack };
[[nodiscard]] std::string_view state_name(ReleaseState state);

struct Release {
  std::string id;                    // "helpdesk-7": use case and number
  std::string use_case;
  std::int64_t number = 0;
  ReleaseState state = ReleaseState::Draft;
  Digest manifest;                   // artifact that lists the others
  Digest prompt, route, dataset, index, suite, policy;   // artifacts of the registry; none where there is none
  std::string prompt_name, prompt_version, route_name, index_name;
  Id evaluation;                     // report that allowed or blocked it
  std::string bundle;                // signature bundle JSON, once signed
  std::string author, signer;
  std::string note;                  // what changed and why
  std::string block_reason;          // of the gate that failed
  std::uint32_t canary_basis_points = 0;
  std::string predecessor;           // what was live before it was promoted; empty: the configuration
  Timestamp created, changed;
};

/// Where a use case's prompt stands in the configuration.
struct PromptConfig {
  std::string name, file, text;
};
[[nodiscard]] config::Section prompts_section();
[[nodiscard]] Result<std::vector<PromptConfig>> parse_prompts(const config::Node& prompts, const std::string& directory);

struct CreateRequest {
  std::string use_case;
  std::string prompt_text;           // empty: that of the configuration
  std::string prompt_label;          // name of the text, for people
  std::string note, author;
};

/// Thread-safe; calls block. Every step is audited and published to the gateway before it returns.
class Delivery {
 public:
  virtual ~Delivery() = default;
  /// New configuration: prompts by name and use cases. Use cases without a release serve the configuration as it
  /// stands, unless they need a release.
  virtual void replace_config(std::vector<PromptConfig> prompts) = 0;
  /// The indexes moved, or the configuration changed: publishes anew.
  virtual void refresh() = 0;

  /// Stores the artifacts and the manifest: Draft.
  [[nodiscard]] virtual Result<Release> create(const CreateRequest& request) = 0;
  /// Runs the gates against the live release: Evaluated or Blocked (with why).
  [[nodiscard]] virtual Result<Release> evaluate(std::string_view release,
                                                 const std::function<void(std::int64_t, std::int64_t)>& progress) = 0;
  /// Signs what has passed; a blocked release is PolicyRefused naming the gate. For T2 and above signer ≠ author.
  [[nodiscard]] virtual Result<Release> sign(std::string_view release, std::string_view actor) = 0;
  /// Checks signature and every artifact.
  [[nodiscard]] virtual Result<void> verify(std::string_view release) = 0;
  /// Sends part of the traffic to a signed release.
  [[nodiscard]] virtual Result<Release> start_canary(std::string_view release, std::uint32_t basis_points,
                                                     std::string_view actor) = 0;
  /// All traffic. Only signed releases whose signature verifies.
  [[nodiscard]] virtual Result<Release> promote(std::string_view release, std::string_view actor) = 0;
  /// Back to the release before (or ends a canary): one pointer, effective at once.
  [[nodiscard]] virtual Result<Release> roll_back(std::string_view use_case, std::string_view actor,
                                                  std::string_view reason) = 0;

  [[nodiscard]] virtual Result<std::vector<Release>> list(std::string_view use_case) const = 0;
  [[nodiscard]] virtual Result<Release> load(std::string_view release) const = 0;
  /// What serves a use case now.
  [[nodiscard]] virtual std::optional<gateway::Live> live(std::string_view use_case) const = 0;
  /// Looks after running canaries: one that fails clearly more often than the release beside it is rolled back. Gives
  /// the ids of those. Call it every few seconds.
  [[nodiscard]] virtual Result<std::vector<std::string>> tick() = 0;
};

/// Calls and failures of one release in a stretch of time.
struct ArmCount {
  std::int64_t calls = 0, failures = 0;
};
using ArmCounts = std::map<std::string, ArmCount, std::less<>>;   // by release id

struct DeliveryParts {
  store::Database* database = nullptr;         // migrated
  store::Writer* writer = nullptr;
  registry::Registry* registry = nullptr;
  const registry::Signer* signer = nullptr;
  audit::Audit* audit = nullptr;               // may be absent
  telemetry::Alerts* alerts = nullptr;         // may be absent
  finops::Accounts* accounts = nullptr;        // whose ledger the canary watch counts; may be absent: no watch
  retrieval::Retrieval* retrieval = nullptr;
  evaluation::Evaluation* evaluation = nullptr;
  gateway::Gateway* gateway = nullptr;
  const Clock* clock = nullptr;
  // What the gateway is told, how it is set up, and the counts of the canary watch: those of the parts above unless set.
  std::function<void(std::shared_ptr<const gateway::LiveTable>)> publish;
  std::function<std::shared_ptr<const gateway::GatewayState>()> state;
  std::function<Result<ArmCounts>(const std::string& use_case, Timestamp since)> count_arms;
};
/// All parts outlive it. Reads what was live and verifies its signatures; what does not verify is not served: an alert
/// is raised and the release before takes its place, or none. Publishes at the first replace_config.
[[nodiscard]] Result<std::unique_ptr<Delivery>> make_delivery(DeliveryParts parts);

/// The tables of this feature.
[[nodiscard]] std::span<const store::Migration> migrations();

}  // namespace millwright::delivery
