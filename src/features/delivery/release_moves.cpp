// How a release that passed meets traffic: signed, canary, promoted, rolled back.
#include "features/delivery/local_delivery.hpp"

namespace millwright::delivery {

Result<Release> LocalDelivery::sign(std::string_view id, std::string_view actor) {
  const std::scoped_lock lock(changing_);
  auto release = store_.load(id);
  if (!release) return pass(release);
  if (release->state == ReleaseState::Blocked) {
    auto refused = refuse(ErrorCode::PolicyRefused, "release.gates", "release {} did not pass its gates: {}", id,
                          release->block_reason);
    refused.error().fix = "mend what the gate names, create a new release and evaluate it";
    return refused;
  }
  if (release->state != ReleaseState::Evaluated) {
    auto refused = refuse(ErrorCode::Conflict, "release.state", "release {} is {}; only what passed its gates is signed",
                          id, state_name(release->state));
    if (release->state == ReleaseState::Draft) refused.error().fix = "evaluate it first";
    return refused;
  }
  const auto state = parts_.state();
  const gateway::UseCaseConfig* use_case = state == nullptr ? nullptr : find_use_case(*state, release->use_case);
  if (use_case == nullptr) return fail(ErrorCode::NotFound, "there is no use case named \"{}\"", release->use_case);
  if (actor.empty()) return fail(ErrorCode::InvalidInput, "a signature needs somebody who gives it");
  if (use_case->tier >= policy::RiskTier::T2 && release->author == actor) {
    auto refused = refuse(ErrorCode::PolicyRefused, "release.four_eyes",
                          "use case \"{}\" is of tier {}: whoever made a release cannot sign it", use_case->name,
                          policy::tier_name(use_case->tier));
    refused.error().fix = "ask a colleague to sign";
    return refused;
  }
  auto report = parts_.evaluation->load(release->evaluation);
  if (!report) return pass(report);
  if (report->verdict != evaluation::Verdict::Pass || report->release != release->id) {
    return refuse(ErrorCode::Corrupt, "release.gates", "the report of release {} does not say that it passed", id);
  }
  auto bundle = sign_release(*parts_.signer, *release, *report);
  if (!bundle) return pass(bundle);
  release->bundle = std::move(*bundle);
  release->signer = actor;
  release->state = ReleaseState::Signed;
  release->changed = parts_.clock->now();
  auto verified = verify_release(*parts_.registry, *parts_.signer, *release);   // never store what does not verify
  if (!verified) return pass(verified);
  auto updated = store_.update({*release}, entry(actor, "release.sign", *release));
  if (!updated) return pass(updated);
  return *release;
}

Result<Release> LocalDelivery::start_canary(std::string_view id, std::uint32_t basis_points, std::string_view actor) {
  if (basis_points == 0 || basis_points >= 10'000) {
    return fail(ErrorCode::InvalidInput, "a canary takes 1 to 9,999 basis points of the traffic, not {}", basis_points);
  }
  const std::scoped_lock lock(changing_);
  auto release = store_.load(id);
  if (!release) return pass(release);
  if (release->state != ReleaseState::Signed && release->state != ReleaseState::Canary) {
    return refuse(ErrorCode::Conflict, "release.state", "release {} is {}; only a signed one may meet traffic", id,
                  state_name(release->state));
  }
  auto verified = verify_release(*parts_.registry, *parts_.signer, *release);
  if (!verified) return pass(verified);
  Serving& serving = serving_[release->use_case];
  if (serving.canary && serving.canary->id != release->id) {
    return fail(ErrorCode::Conflict, "release {} is a canary of \"{}\" already", serving.canary->id, release->use_case);
  }
  if (!live(release->use_case)) {
    auto refused = fail(ErrorCode::Conflict, "nothing else serves \"{}\" that a canary could be compared with",
                        release->use_case);
    refused.error().fix = "promote the release";
    return refused;
  }
  if (release->state == ReleaseState::Signed) release->changed = parts_.clock->now();   // the watch counts from here
  release->state = ReleaseState::Canary;
  release->canary_basis_points = basis_points;
  auto updated = store_.update({*release}, entry(actor, "release.canary", *release, {{"basis_points", basis_points}}));
  if (!updated) return pass(updated);
  serving.canary = *release;
  publish();
  return *release;
}

Result<Release> LocalDelivery::promote(std::string_view id, std::string_view actor) {
  const std::scoped_lock lock(changing_);
  auto release = store_.load(id);
  if (!release) return pass(release);
  const bool is_ready = release->state == ReleaseState::Signed || release->state == ReleaseState::Canary ||
                        release->state == ReleaseState::Superseded;
  if (!is_ready) {
    return refuse(ErrorCode::Conflict, "release.state", "release {} is {}; only a signed one may be promoted", id,
                  state_name(release->state));
  }
  auto verified = verify_release(*parts_.registry, *parts_.signer, *release);
  if (!verified) return pass(verified);
  Serving next = serving_[release->use_case];
  std::vector<Release> changed;
  const Timestamp now = parts_.clock->now();
  // A superseded release keeps its own predecessor, so that the way back has no circle.
  if (release->state != ReleaseState::Superseded) release->predecessor = next.stable ? next.stable->id : std::string();
  if (next.stable) {
    next.stable->state = ReleaseState::Superseded;
    next.stable->changed = now;
    changed.push_back(*next.stable);
  }
  if (next.canary && next.canary->id != release->id) {
    next.canary->state = ReleaseState::Signed;
    next.canary->canary_basis_points = 0;
    next.canary->changed = now;
    changed.push_back(*next.canary);
  }
  release->state = ReleaseState::Live;
  release->canary_basis_points = 0;
  release->changed = now;
  changed.push_back(*release);
  auto updated = store_.update(std::move(changed), entry(actor, "release.promote", *release));
  if (!updated) return pass(updated);
  serving_[release->use_case] = {.stable = *release, .canary = std::nullopt};
  refused_.erase(release->use_case);
  publish();
  return *release;
}

Result<Release> LocalDelivery::end_canary(Serving& serving, std::string_view actor, std::string_view reason) {
  Release ended = *serving.canary;
  ended.state = ReleaseState::RolledBack;
  ended.canary_basis_points = 0;
  ended.changed = parts_.clock->now();
  auto updated = store_.update({ended}, entry(actor, "release.roll_back", ended, {{"reason", reason}}));
  if (!updated) return pass(updated);
  serving.canary.reset();
  publish();
  return ended;
}

Result<Release> LocalDelivery::roll_back_locked(std::string_view use_case, std::string_view actor,
                                                std::string_view reason) {
  const auto found = serving_.find(use_case);
  if (found == serving_.end() || (!found->second.stable && !found->second.canary)) {
    return fail(ErrorCode::Conflict, "no release of \"{}\" is live that could be rolled back", use_case);
  }
  Serving& serving = found->second;
  if (serving.canary) return end_canary(serving, actor, reason);
  auto before = find_predecessor(*serving.stable);
  if (!before) return pass(before);
  const auto state = parts_.state();
  const gateway::UseCaseConfig* config = state == nullptr ? nullptr : find_use_case(*state, use_case);
  if (!*before && (config == nullptr || !may_serve_config(*config))) {
    auto refused = refuse(ErrorCode::Conflict, "release.predecessor", "no earlier release of \"{}\" can serve", use_case);
    refused.error().fix = "promote another signed release, or pause the use case";
    return refused;
  }
  Release ended = *serving.stable;
  ended.state = ReleaseState::RolledBack;
  ended.changed = parts_.clock->now();
  std::vector<Release> changed{ended};
  std::optional<Release> restored = std::move(*before);
  if (restored) {
    restored->state = ReleaseState::Live;
    restored->changed = ended.changed;
    changed.push_back(*restored);
  }
  auto updated = store_.update(std::move(changed),
                               entry(actor, "release.roll_back", ended,
                                     {{"reason", reason}, {"now", restored ? restored->id : "configuration"}}));
  if (!updated) return pass(updated);
  serving.stable = std::move(restored);
  publish();
  return ended;
}

}  // namespace millwright::delivery
