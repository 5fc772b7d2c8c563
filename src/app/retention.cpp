#include "app/retention.hpp"

#include "app/factory.hpp"

namespace millwright::app {
namespace {

constexpr auto samples_kept = std::chrono::hours(24 * 90);

}  // namespace

Result<std::int64_t> drop_old_responses(Factory& factory) {
  const auto settings = gateway::parse_responses(factory.configuration->current()->tree["responses"]);
  return factory.responses->drop_before(system_clock().now() - settings.retention);
}

Result<std::int64_t> drop_old_cache_samples(Factory& factory) {
  return factory.semantic->drop_before(system_clock().now() - samples_kept);
}

}  // namespace millwright::app
