// How delivery starts, what it tells the gateway, and its watch over canaries.
#include "features/delivery/delivery.hpp"

#include "features/delivery/canary_watch.hpp"
#include "features/delivery/delivery_sql.hpp"
#include "features/delivery/local_delivery.hpp"

namespace millwright::delivery {

void LocalDelivery::replace_config(std::vector<PromptConfig> prompts) {
  const std::scoped_lock lock(changing_);
  prompts_ = std::move(prompts);
  prompt_versions_.clear();
  for (const PromptConfig& prompt : prompts_) {
    auto artifact = parts_.registry->put({.kind = registry::Kind::Prompt, .name = prompt.name, .bytes = prompt.text,
                                          .created_by = "configuration"});
    if (artifact) prompt_versions_[prompt.name] = fmt::format("{}", artifact->version);
  }
  publish();
}

void LocalDelivery::publish() {
  const auto state = parts_.state();
  if (state == nullptr) return;
  auto table = std::make_shared<gateway::LiveTable>();
  const LiveInputs from = inputs(*state);
  for (const gateway::UseCaseConfig& use_case : state->config.use_cases) {
    auto live = make_live(from, use_case);
    if (live) table->emplace(use_case.name, std::move(*live));
  }
  table_.store(table);
  parts_.publish(table);
}

Result<std::vector<std::string>> LocalDelivery::tick() {
  std::vector<Release> canaries;
  {
    const std::scoped_lock lock(changing_);
    for (const auto& [use_case, serving] : serving_) {
      if (serving.canary) canaries.push_back(*serving.canary);
    }
  }
  std::vector<std::string> rolled_back;
  if (!parts_.count_arms) return rolled_back;
  for (const Release& canary : canaries) {
    const auto served = live(canary.use_case);
    if (!served) continue;
    auto counts = parts_.count_arms(canary.use_case, canary.changed);
    if (!counts) return pass(counts);
    const CanaryVerdict verdict = compare_arms((*counts)[canary.id], (*counts)[served->stable.id]);
    if (!verdict.is_worse) continue;
    const std::scoped_lock lock(changing_);
    Serving& serving = serving_[canary.use_case];
    if (!serving.canary || serving.canary->id != canary.id) continue;   // somebody was quicker
    auto ended = end_canary(serving, "system/canary", verdict.why);
    if (!ended) return pass(ended);
    rolled_back.push_back(ended->id);
    if (parts_.alerts != nullptr) {
      parts_.alerts->raise(fmt::format("release:{}:canary", ended->id), "critical",
                           fmt::format("Canary {} was rolled back", ended->id), verdict.why, "release/" + ended->id);
    }
  }
  return rolled_back;
}

Result<std::unique_ptr<Delivery>> make_delivery(DeliveryParts parts) {
  if (gateway::Gateway* gateway = parts.gateway; gateway != nullptr) {
    if (!parts.publish) parts.publish = [gateway](auto table) { gateway->replace_live(std::move(table)); };
    if (!parts.state) parts.state = [gateway] { return gateway->state(); };
  }
  if (finops::Accounts* accounts = parts.accounts; accounts != nullptr && !parts.count_arms) {
    parts.count_arms = [accounts](const std::string& use_case, Timestamp since) {
      return count_ledger(*accounts, use_case, since);
    };
  }
  ensure(parts.publish && parts.state, "delivery needs a gateway, or what stands in for it");
  auto delivery = std::make_unique<LocalDelivery>(std::move(parts));
  auto restored = delivery->restore();
  if (!restored) return pass(restored);
  return delivery;
}

std::span<const store::Migration> migrations() { return sql::migrations; }

}  // namespace millwright::delivery
