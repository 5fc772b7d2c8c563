// The `policy` and `guard` sections of the configuration, and what they make.
#pragma once

#include <memory>

#include "base/config/node.hpp"
#include "features/policy/guardrail.hpp"
#include "features/policy/policy.hpp"

namespace millwright::policy {

[[nodiscard]] config::Section policy_section();
[[nodiscard]] config::Section guard_section();

/// The policy of a validated `policy` section; the built-in one when the section is absent or has no flows. Runs its
/// `tests`: one that fails is an InvalidConfig error naming the test, what was expected and what came out. `now` is the
/// time the tests are decided at, where they name none.
[[nodiscard]] Result<std::unique_ptr<Policy>> make_policy(const config::Node& policy, Timestamp now);

/// The guard of a validated `guard` section (absent: the defaults) over these detectors. Takes some 50 ms: patterns are
/// compiled.
[[nodiscard]] Result<std::unique_ptr<Guard>> make_guard(const config::Node& guard, Guardrails guardrails);

}  // namespace millwright::policy
