// Rows by which copies of a document are found.
#pragma once

#include <vector>

#include "base/digest.hpp"
#include "base/id.hpp"
#include "features/curation/shingles.hpp"
#include "store/database.hpp"

namespace millwright::curation {

struct Signature {
  Id document;
  Digest text;
  std::optional<BandKeys> keys;   // none for short documents
};
/// Replaces what stood there for the document.
[[nodiscard]] Result<void> save_signature(store::Session& session, const Signature& signature);
[[nodiscard]] Result<void> delete_signature(store::Session& session, Id document);

[[nodiscard]] Result<std::vector<Id>> documents_with_text(store::Database& database, const Digest& text);
[[nodiscard]] Result<std::vector<Id>> documents_in_bands(store::Database& database, const BandKeys& keys);

}  // namespace millwright::curation
