// After a restart: what was live serves again if its signature holds; what does not verify makes way.
#include "features/delivery/local_delivery.hpp"

namespace millwright::delivery {
namespace {
constexpr std::size_t predecessors_max = 1'000;
}  // namespace

Result<void> LocalDelivery::restore() {
  const std::scoped_lock lock(changing_);
  auto serving = store_.list_serving();
  if (!serving) return pass(serving);
  for (const Release& release : *serving) {
    auto restored = release.state == ReleaseState::Canary ? restore_canary(release) : restore_live(release);
    if (!restored) return pass(restored);
  }
  return {};
}

void LocalDelivery::alarm(const Release& release, const Error& error) const {
  if (parts_.alerts == nullptr) return;
  parts_.alerts->raise(fmt::format("release:{}:signature", release.id), "critical",
                       fmt::format("Release {} does not verify and is not served", release.id), describe(error),
                       "release/" + release.id);
}

Result<std::optional<Release>> LocalDelivery::find_predecessor(const Release& release) const {
  std::string id = release.predecessor;
  for (std::size_t i = 0; i < predecessors_max && !id.empty(); ++i) {
    auto before = store_.load(id);
    if (!before) return pass(before);
    // What was rolled back itself was rolled back for a reason.
    if (before->state != ReleaseState::RolledBack) {
      auto verified = verify_release(*parts_.registry, *parts_.signer, *before);
      if (verified) return std::optional(std::move(*before));
      alarm(*before, verified.error());
    }
    id = before->predecessor;
  }
  return std::optional<Release>();
}

Result<void> LocalDelivery::restore_canary(const Release& release) {
  auto verified = verify_release(*parts_.registry, *parts_.signer, release);
  if (verified) {
    serving_[release.use_case].canary = release;
    return {};
  }
  alarm(release, verified.error());
  Release ended = release;
  ended.state = ReleaseState::RolledBack;
  ended.canary_basis_points = 0;
  ended.changed = parts_.clock->now();
  return store_.update({ended}, entry(self, "release.refuse", ended, {{"reason", verified.error().message}}));
}

Result<void> LocalDelivery::restore_live(Release release) {
  auto verified = verify_release(*parts_.registry, *parts_.signer, release);
  if (verified) {
    serving_[release.use_case].stable = std::move(release);
    return {};
  }
  alarm(release, verified.error());
  auto before = find_predecessor(release);
  if (!before) return pass(before);
  if (!*before) {
    refused_.insert(release.use_case);   // stays Live in its row: mending it brings it back
    return {};
  }
  Release ended = release, restored = std::move(**before);
  ended.state = ReleaseState::RolledBack;
  restored.state = ReleaseState::Live;
  ended.changed = restored.changed = parts_.clock->now();
  auto updated = store_.update({ended, restored}, entry(self, "release.refuse", ended,
                                                        {{"reason", verified.error().message}, {"now", restored.id}}));
  if (!updated) return pass(updated);
  serving_[release.use_case].stable = std::move(restored);
  return {};
}

}  // namespace millwright::delivery
