// Rows of releases. Every change commits together with its audit entry.
#pragma once

#include <string_view>
#include <vector>

#include "features/delivery/delivery.hpp"

namespace millwright::delivery {

class ReleaseStore {
 public:
  /// `audit` may be null.
  ReleaseStore(store::Database& database, store::Writer& writer, audit::Audit* audit)
      : database_(database), writer_(writer), audit_(audit) {}

  [[nodiscard]] Result<std::int64_t> next_number(std::string_view use_case) const;
  [[nodiscard]] Result<void> insert(const Release& release, audit::Entry entry);
  /// All of them, or none.
  [[nodiscard]] Result<void> update(std::vector<Release> releases, audit::Entry entry);

  [[nodiscard]] Result<Release> load(std::string_view id) const;
  /// Newest first, at most 200.
  [[nodiscard]] Result<std::vector<Release>> list(std::string_view use_case) const;
  /// Those in state Live or Canary, of all use cases.
  [[nodiscard]] Result<std::vector<Release>> list_serving() const;

 private:
  store::Database& database_;
  store::Writer& writer_;
  audit::Audit* audit_;
};

}  // namespace millwright::delivery
