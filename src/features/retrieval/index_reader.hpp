// Searches one index version on disk. Readers of the library may be used by one thread at a time, so each search
// borrows one of its own and gives it back.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "features/retrieval/access.hpp"
#include "features/retrieval/retrieval.hpp"

namespace Xapian {
class Database;
}

namespace millwright::retrieval {

/// Thread-safe.
class IndexReader {
 public:
  /// Corrupt or Unavailable when the directory holds no index that can be read.
  [[nodiscard]] static Result<std::shared_ptr<IndexReader>> open(const std::filesystem::path& directory);
  ~IndexReader();
  [[nodiscard]] Result<SearchResult> search(const SearchRequest& request, CurrentAccess& access);

 private:
  struct Shared;
  explicit IndexReader(std::filesystem::path directory);
  [[nodiscard]] std::unique_ptr<Xapian::Database> borrow();
  void give_back(std::unique_ptr<Xapian::Database> database);

  std::filesystem::path directory_;
  std::unique_ptr<const Shared> shared_;   // what all searches read; never changes
  std::mutex mutex_;
  std::vector<std::unique_ptr<Xapian::Database>> idle_;
};

}  // namespace millwright::retrieval
