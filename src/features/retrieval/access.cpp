#include "features/retrieval/access.hpp"

#include <algorithm>

#include "features/retrieval/terms.hpp"

namespace millwright::retrieval {

bool may_read(const ingestion::Acl& acl, std::span<const std::string> principals) {
  auto names_one = [principals](const std::vector<std::string>& set) {
    return std::ranges::any_of(set, [principals](const std::string& entry) {
      return std::ranges::find(principals, entry) != principals.end();
    });
  };
  return names_one(acl.allow) && !names_one(acl.deny);
}

bool is_indexable(const ingestion::Document& document) {
  using ingestion::Verdict;
  const bool stands = document.verdict != Verdict::Deleted && document.verdict != Verdict::Rejected &&
                      document.verdict != Verdict::Quarantined;
  return stands && std::ranges::find(document.uses, "retrieval") != document.uses.end();
}

CurrentAccess::CurrentAccess(const ingestion::Ingestion& ingestion, const SearchRequest& request)
    : ingestion_(ingestion), principals_(principals_of(request.reader)), class_max_(request.class_max) {}

Result<Standing> CurrentAccess::standing(Id document) {
  if (const auto known = known_.find(document); known != known_.end()) return known->second;
  auto asked = ask(document);
  if (asked) known_.emplace(document, *asked);
  return asked;
}

Result<Standing> CurrentAccess::ask(Id id) const {
  auto document = ingestion_.load(id);
  if (!document) {
    if (document.error().code == ErrorCode::NotFound) return Standing::Gone;
    return pass(document);
  }
  if (!is_indexable(*document)) return Standing::Gone;
  if (!may_read(document->acl, principals_)) return Standing::Forbidden;
  if (document->data_class > class_max_) return Standing::AboveClass;
  return Standing::Readable;
}

}  // namespace millwright::retrieval
