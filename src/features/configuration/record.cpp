#include "features/configuration/record.hpp"

#include "base/text.hpp"
#include "features/audit/audit.hpp"

namespace millwright::configuration {

std::string summarize(const Plan& plan) {
  std::size_t counts[3] = {};
  std::vector<std::string> ids;
  for (const auto& change : plan.changes) {
    ++counts[static_cast<std::size_t>(change.action)];
    if (ids.size() < 10) ids.push_back(change.id);
  }
  if (plan.changes.size() > ids.size()) ids.push_back("…");
  return fmt::format("+{} ~{} -{}: {}", counts[0], counts[1], counts[2], join(ids, ", "));
}

Result<void> append_to_audit(audit::Audit& audit, store::Session& session, const Revision& revision) {
  audit::Entry entry;
  entry.time = revision.time;
  entry.actor = revision.author;
  entry.action = "config." + revision.action;
  entry.object = fmt::format("config/{}", revision.number);
  entry.detail = {{"reason", revision.reason}, {"digest", revision.digest.text()}, {"summary", revision.summary}};
  return audit.append(session, std::move(entry));
}

}  // namespace millwright::configuration
