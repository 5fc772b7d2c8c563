// What a sync has decided but not yet committed: one transaction of up to so many items or seconds.
#pragma once

#include <vector>

#include "features/ingestion/landed.hpp"
#include "store/writer.hpp"

namespace millwright::ingestion {

class Batch {
 public:
  Batch(store::Writer& writer, Id sync) : writer_(writer), sync_(sync) {}

  void add_document(Landed landed, bool is_new_version);
  void add_save(std::function<Result<void>(store::Session&)> save);
  void add_revision(Revision revision) { writes_.revisions.push_back(std::move(revision)); }
  void add_acl(Id document, Acl acl) { writes_.acls.emplace_back(document, std::move(acl)); }
  void add_line(IntakeLine line) { writes_.lines.push_back(std::move(line)); }
  [[nodiscard]] std::size_t size() const { return writes_.lines.size(); }
  [[nodiscard]] Timestamp opened() const { return opened_; }

  /// Commits all in one transaction; afterwards the batch is empty.
  [[nodiscard]] Result<void> commit(Timestamp now);

 private:
  struct Version {
    Landed landed;
    bool is_new = false;
  };
  struct Writes {
    std::vector<Version> documents;
    std::vector<std::function<Result<void>(store::Session&)>> saves;
    std::vector<Revision> revisions;
    std::vector<std::pair<Id, Acl>> acls;
    std::vector<IntakeLine> lines;
  };
  static Result<void> write(store::Session& session, const Writes& writes, Id sync);

  store::Writer& writer_;
  Id sync_;
  Writes writes_;
  Timestamp opened_{};
};

}  // namespace millwright::ingestion
