// The kill switch of use cases: who is paused now, beside what the configuration says. The audit log is its memory: the
// newest entry about a use case tells whether it was paused or resumed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "features/audit/audit.hpp"
#include "features/gateway/gateway.hpp"

namespace millwright::app {

/// Thread-safe.
class Pauses {
 public:
  Pauses(audit::Audit& audit, gateway::Gateway& gateway) : audit_(audit), gateway_(gateway) {}

  /// `state` with the switched-off use cases paused. Reads the audit log for use cases not seen before.
  [[nodiscard]] Result<std::shared_ptr<const gateway::GatewayState>> applied_to(gateway::GatewayState state);
  /// In force for every call that begins after it returns; an empty reason resumes. Conflict for a use case that its
  /// configuration pauses.
  [[nodiscard]] Result<void> set(const std::string& use_case, const std::string& reason);
  /// Changes the state in force in one step with its pauses, so that neither loses the other's change.
  [[nodiscard]] Result<void> change(const std::function<void(gateway::GatewayState&)>& apply);
  /// Empty: not paused here.
  [[nodiscard]] std::string reason(const std::string& use_case) const;

 private:
  [[nodiscard]] Result<void> recall(const std::string& use_case);

  audit::Audit& audit_;
  gateway::Gateway& gateway_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> reasons_;   // by use case; empty: known, not paused
};

}  // namespace millwright::app
