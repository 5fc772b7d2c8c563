// Rows of reports, and of the suites they were made with.
#pragma once

#include <string_view>
#include <vector>

#include "features/evaluation/evaluation.hpp"

namespace millwright::evaluation {

class ReportStore {
 public:
  ReportStore(store::Database& database, store::Writer& writer) : database_(database), writer_(writer) {}
  [[nodiscard]] Result<void> insert(const Report& report, const Suite& suite);
  [[nodiscard]] Result<Report> load(Id id) const;
  /// Newest first.
  [[nodiscard]] Result<std::vector<Report>> list(std::string_view use_case, std::size_t limit) const;

 private:
  store::Database& database_;
  store::Writer& writer_;
};

}  // namespace millwright::evaluation
