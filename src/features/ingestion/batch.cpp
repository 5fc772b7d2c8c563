#include "features/ingestion/batch.hpp"

#include "features/ingestion/document_store.hpp"
#include "features/ingestion/sync_store.hpp"

namespace millwright::ingestion {

void Batch::add_document(Landed landed, bool is_new_version) {
  writes_.documents.push_back({std::move(landed), is_new_version});
}

void Batch::add_save(std::function<Result<void>(store::Session&)> save) {
  if (save) writes_.saves.push_back(std::move(save));
}

Result<void> Batch::commit(Timestamp now) {
  opened_ = now;
  Writes writes = std::exchange(writes_, {});
  if (writes.documents.empty() && writes.lines.empty() && writes.revisions.empty() && writes.acls.empty()) return {};
  return writer_.run([writes = std::move(writes), sync = sync_](store::Session& session) {
    return write(session, writes, sync);
  });
}

Result<void> Batch::write(store::Session& session, const Writes& writes, Id sync) {
  for (const auto& [document, acl] : writes.acls) {
    if (auto set = set_acl(session, document, acl); !set) return set;
  }
  for (const Version& version : writes.documents) {
    if (auto saved = save_document(session, version.landed); !saved) return saved;
    if (!version.is_new) continue;
    if (auto saved = save_version(session, version.landed); !saved) return saved;
  }
  for (const auto& save : writes.saves) {
    if (auto saved = save(session); !saved) return saved;
  }
  for (const Revision& revision : writes.revisions) {
    if (auto revised = revise_document(session, revision); !revised) return revised;
  }
  for (const IntakeLine& line : writes.lines) {
    if (auto saved = save_line(session, sync, line); !saved) return saved;
  }
  return {};
}

}  // namespace millwright::ingestion
