// Rows of index versions, and of which one serves.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "features/retrieval/retrieval.hpp"
#include "store/database.hpp"
#include "store/writer.hpp"

namespace millwright::retrieval {

struct StoredVersion {
  IndexVersion version;
  std::int64_t words = 150;
};

/// What the rows say, as one. Immutable.
struct Catalog {
  std::map<Digest, StoredVersion> versions;
  std::map<std::string, Digest, std::less<>> live;
};

class IndexStore {
 public:
  /// `audit` may be null.
  IndexStore(store::Database& database, store::Writer& writer, audit::Audit* audit)
      : database_(database), writer_(writer), audit_(audit) {}
  [[nodiscard]] Result<Catalog> load() const;
  /// The row of a version and, when `goes_live`, the pointer to it, in one commit.
  [[nodiscard]] Result<void> put(const StoredVersion& stored, bool goes_live, std::string_view actor, Timestamp now);
  [[nodiscard]] Result<void> put_live(const std::string& index, const Digest& version, std::string_view actor,
                                      Timestamp now);

 private:
  store::Database& database_;
  store::Writer& writer_;
  audit::Audit* audit_;
};

}  // namespace millwright::retrieval
