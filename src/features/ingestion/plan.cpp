#include "features/ingestion/plan.hpp"

#include <set>
#include <unordered_map>

#include "base/text.hpp"
#include "features/ingestion/acl.hpp"

namespace millwright::ingestion {

namespace {

constexpr std::size_t path_bytes_max = 2'000;
constexpr std::int64_t deletions_never_suspicious = 4;

/// Why an item is not even fetched, or empty.
std::string refusal(const SourceItem& item, const Contract& contract, const std::set<std::string>& erased) {
  if (!item.refused.empty()) return "source: " + item.refused;
  if (item.path.size() > path_bytes_max) return fmt::format("contract.path: longer than {} bytes", path_bytes_max);
  if (erased.contains(item.path)) return "erased: erased on request; it is not landed again";
  if (item.bytes > contract.bytes_max) {
    return fmt::format("contract.bytes_max: {} bytes, the limit is {}", item.bytes, contract.bytes_max);
  }
  if (item.bytes < contract.bytes_min) {
    return item.bytes == 0 ? std::string("contract.bytes_min: the file is empty")
                           : fmt::format("contract.bytes_min: {} bytes, the least is {}", item.bytes, contract.bytes_min);
  }
  return {};
}

Work work_for(const PlanInput& input, const SourceItem& item, const Landed& known) {
  const Document& document = known.document;
  if (document.verdict == Verdict::Deleted || item.change_token.empty() || item.change_token != known.change_token) {
    return Work::Fetch;
  }
  if (input.is_full && known.sync != input.resumed) return Work::Fetch;
  const bool is_aging = document.verdict == Verdict::Indexed && is_past(document.modified, input.source.stale_after, input.now);
  if (known.settings == input.settings && !is_aging) return Work::None;
  return document.parsed.is_none() ? Work::Fetch : Work::Curate;
}

}  // namespace

bool is_past(Timestamp changed, Duration stale_after, Timestamp now) {
  return stale_after > Duration(0) && changed + stale_after < now;
}

Plan plan_sync(PlanInput input) {
  Plan plan;
  std::set<std::string> erased;
  for (const Erased& entry : input.erased) erased.insert(entry.path);
  std::unordered_map<std::string_view, std::unique_ptr<Landed>> known;   // named by what they point to
  known.reserve(input.known.size());
  for (std::unique_ptr<Landed>& landed : input.known) {
    if (landed->document.verdict != Verdict::Deleted) ++plan.current;
    const std::string_view path = landed->document.path;
    known.emplace(path, std::move(landed));
  }
  // The same order whatever the source's: reports read well, and the first of two copies is always the same one.
  std::ranges::stable_sort(input.listing, {}, &SourceItem::path);
  plan.items.reserve(input.listing.size());
  for (SourceItem& item : input.listing) {
    if (!plan.items.empty() && plan.items.back().item.path == item.path) continue;
    PlannedItem planned;
    planned.acl = acl_for(input.source, item);
    planned.reason = refusal(item, input.source.contract, erased);
    const auto found = known.find(item.path);
    if (found != known.end()) {
      planned.work = work_for(input, item, *found->second);
      planned.known = std::move(found->second);
      known.erase(found);
    }
    if (!planned.reason.empty()) planned.work = Work::Refuse;
    planned.is_done = planned.known && !input.resumed.is_none() && planned.known->sync == input.resumed &&
                      planned.known->change_token == item.change_token && planned.work != Work::Refuse &&
                      planned.known->settings == input.settings;
    planned.item = std::move(item);
    plan.items.push_back(std::move(planned));
  }
  for (auto& [path, landed] : known) {
    if (landed->document.verdict != Verdict::Deleted) plan.missing.push_back(std::move(*landed));
  }
  std::ranges::sort(plan.missing, {}, [](const Landed& landed) -> const std::string& { return landed.document.path; });
  return plan;
}

Result<void> check_plan(const Plan& plan, const Contract& contract) {
  if (static_cast<std::int64_t>(plan.items.size()) < contract.documents_min) {
    auto refused = fail(ErrorCode::Conflict, "the source lists {} documents; at least {} are expected", plan.items.size(),
                        contract.documents_min);
    refused.error().rule = "contract.documents_min";
    return refused;
  }
  std::set<std::string> identities;
  for (const PlannedItem& planned : plan.items) {
    if (!planned.known && !planned.item.identity.empty()) identities.insert(planned.item.identity);
  }
  const auto deletions = std::ranges::count_if(
      plan.missing, [&](const Landed& landed) { return !identities.contains(landed.identity); });
  const bool is_suspicious = plan.items.empty() || deletions > deletions_never_suspicious;
  if (plan.current == 0 || !is_suspicious || deletions * 100 <= plan.current * contract.deleted_percent_max) return {};
  auto refused = fail(ErrorCode::Conflict, "this sync would delete {} of {} documents; nothing was changed", deletions,
                      plan.current);
  refused.error().rule = "contract.deleted_percent_max";
  refused.error().fix = "see that the source is complete, or raise contract.deleted_percent_max for one sync";
  return refused;
}

}  // namespace millwright::ingestion
