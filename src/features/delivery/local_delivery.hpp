// Delivery on this machine: rows, registry and gateway brought together. One change at a time; readers never wait.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "features/delivery/delivery.hpp"
#include "features/delivery/live_table.hpp"
#include "features/delivery/manifest.hpp"
#include "features/delivery/release_store.hpp"

namespace millwright::delivery {

/// Who acts when nobody did.
inline constexpr std::string_view self = "system/delivery";

class LocalDelivery final : public Delivery {
 public:
  explicit LocalDelivery(DeliveryParts parts)
      : parts_(std::move(parts)), store_(*parts_.database, *parts_.writer, parts_.audit) {}

  /// Reads what was live; whatever does not verify makes way.
  Result<void> restore();

  void replace_config(std::vector<PromptConfig> prompts) override;
  void refresh() override {
    const std::scoped_lock lock(changing_);
    publish();
  }

  Result<Release> create(const CreateRequest& request) override;
  Result<Release> evaluate(std::string_view id, const std::function<void(std::int64_t, std::int64_t)>& progress) override;
  Result<Release> sign(std::string_view id, std::string_view actor) override;
  Result<void> verify(std::string_view id) override {
    auto release = store_.load(id);
    if (!release) return pass(release);
    return verify_release(*parts_.registry, *parts_.signer, *release);
  }
  Result<Release> start_canary(std::string_view id, std::uint32_t basis_points, std::string_view actor) override;
  Result<Release> promote(std::string_view id, std::string_view actor) override;
  Result<Release> roll_back(std::string_view use_case, std::string_view actor, std::string_view reason) override {
    const std::scoped_lock lock(changing_);
    return roll_back_locked(use_case, actor, reason);
  }

  Result<std::vector<Release>> list(std::string_view use_case) const override { return store_.list(use_case); }
  Result<Release> load(std::string_view id) const override { return store_.load(id); }
  std::optional<gateway::Live> live(std::string_view use_case) const override {
    const auto table = table_.load();
    const auto found = table->find(use_case);
    return found == table->end() ? std::nullopt : std::optional(found->second);
  }
  Result<std::vector<std::string>> tick() override;

 private:
  // Restoring.
  Result<void> restore_canary(const Release& release);
  Result<void> restore_live(Release release);
  /// The nearest release before `release` that was good and still verifies; nothing at the end of the line.
  Result<std::optional<Release>> find_predecessor(const Release& release) const;
  void alarm(const Release& release, const Error& error) const;

  // Changes; `changing_` is held.
  Result<Ingredients> gather(const CreateRequest& request, const gateway::GatewayState& state) const;
  Result<Release> roll_back_locked(std::string_view use_case, std::string_view actor, std::string_view reason);
  Result<Release> end_canary(Serving& serving, std::string_view actor, std::string_view reason);
  Result<gateway::LiveRelease> candidate_of(const Release& release) const {
    return serve_release(*parts_.registry, *parts_.retrieval, release);
  }
  void publish();
  LiveInputs inputs(const gateway::GatewayState& state) const {
    return {&state, &prompts_, &prompt_versions_, &serving_, &refused_, parts_.registry, parts_.retrieval};
  }

  static const gateway::UseCaseConfig* find_use_case(const gateway::GatewayState& state, std::string_view name) {
    const auto& all = state.config.use_cases;
    const auto found = std::ranges::find(all, name, &gateway::UseCaseConfig::name);
    return found == all.end() ? nullptr : &*found;
  }
  audit::Entry entry(std::string_view actor, std::string_view action, const Release& release, json::object detail = {}) const {
    detail["state"] = state_name(release.state);
    return {.time = parts_.clock->now(), .actor = std::string(actor), .action = std::string(action),
            .object = "release/" + release.id, .detail = std::move(detail)};
  }

  DeliveryParts parts_;
  ReleaseStore store_;
  std::mutex changing_;   // one change at a time; readers use the table
  std::vector<PromptConfig> prompts_;
  std::map<std::string, std::string> prompt_versions_;
  ServingTable serving_;
  std::set<std::string, std::less<>> refused_;   // a signature failed and nothing good stands before it
  std::atomic<std::shared_ptr<const gateway::LiveTable>> table_{std::make_shared<const gateway::LiveTable>()};
};

/// A refusal by a rule that has a name.
template <class... Args>
std::unexpected<Error> refuse(ErrorCode code, std::string rule, fmt::format_string<Args...> text, Args&&... args) {
  auto error = fail(code, text, std::forward<Args>(args)...);
  error.error().rule = std::move(rule);
  return error;
}

}  // namespace millwright::delivery
