// What a reader may see of a document now, whatever an index remembers of it.
#pragma once

#include <map>

#include "features/ingestion/ingestion.hpp"
#include "features/retrieval/retrieval.hpp"

namespace millwright::retrieval {

enum class Standing : std::uint8_t {
  Readable,
  Forbidden,    // by its permissions
  AboveClass,   // its data class is higher than the request may hold
  Gone,         // deleted, erased, in quarantine, rejected, or no longer meant for retrieval
};

/// Allow minus deny.
[[nodiscard]] bool may_read(const ingestion::Acl& acl, std::span<const std::string> principals);

/// May be indexed at all: it stands, and its source is meant for retrieval.
[[nodiscard]] bool is_indexable(const ingestion::Document& document);

/// The documents as they stand now, each asked for once. Lives as long as one search: never stale by more than that.
class CurrentAccess {
 public:
  CurrentAccess(const ingestion::Ingestion& ingestion, const SearchRequest& request);
  /// An error means that it cannot be known: the caller must not show the document.
  [[nodiscard]] Result<Standing> standing(Id document);

 private:
  [[nodiscard]] Result<Standing> ask(Id document) const;

  const ingestion::Ingestion& ingestion_;
  std::vector<std::string> principals_;
  policy::DataClass class_max_;
  std::map<Id, Standing> known_;
};

}  // namespace millwright::retrieval
