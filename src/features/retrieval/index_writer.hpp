// Writes one index version into a directory of its own, complete and checked, before anybody sees it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "features/retrieval/retrieval.hpp"

namespace millwright::retrieval {

/// Counts of what was written.
struct IndexSize {
  std::int64_t documents = 0, chunks = 0;
  std::uint64_t bytes = 0;
};

class IndexWriter {
 public:
  /// `directory` must not exist yet.
  [[nodiscard]] static Result<std::unique_ptr<IndexWriter>> create(std::filesystem::path directory,
                                                                   std::int64_t words_max);
  ~IndexWriter();
  /// Cuts, and adds every leaf with the permissions the document has now.
  [[nodiscard]] Result<void> add(const ingestion::Document& document, const ingestion::ParsedDocument& parsed);
  /// Compacts, opens and checks what was written, then gives it its name `target` in one step.
  [[nodiscard]] Result<IndexSize> publish(const std::filesystem::path& target);

 private:
  struct State;
  explicit IndexWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

[[nodiscard]] std::uint64_t bytes_below(const std::filesystem::path& directory);

}  // namespace millwright::retrieval
