#include "features/configuration/record.hpp"

#include "features/audit/audit.hpp"

namespace millwright::configuration {

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
