// Files of callers: sealed on disk piece by piece, a row each, seen only in the scope they were made in, gone when their
// time is over. Part of the face of batches: include batches.hpp.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"
#include "features/batches/config.hpp"
#include "store/blobs/sealed_file.hpp"
#include "store/database.hpp"
#include "store/vault/vault.hpp"
#include "store/writer.hpp"

namespace millwright::batches {

struct FileRecord {
  std::string id, scope, purpose, filename, node;
  std::uint64_t bytes = 0;
  Timestamp created{};
  std::optional<Timestamp> expires;
};
/// OpenAI's file object.
[[nodiscard]] json::object to_json(const FileRecord& file);

struct FileQuery {
  std::string scope;
  std::string purpose;     // empty: any
  std::string after;       // id; the page begins behind it
  std::size_t limit = 20;
  bool is_ascending = false;
};
struct FilePage {
  std::vector<FileRecord> files;
  bool has_more = false;
};

struct FileStoreParts {
  store::Database* database = nullptr;
  store::Writer* writer = nullptr;
  const store::Vault* vault = nullptr;
  const Clock* clock = nullptr;
  std::filesystem::path directory;
  std::string node;
  store::Durability durability = store::Durability::Process;
};

/// A file that is being written; without `keep` nothing of it stays.
struct NewFile {
  std::string id, scope;
  store::SealedFileWriter writer;
};

/// Thread-safe; blocking: call on a worker thread.
class FileStore {
 public:
  explicit FileStore(FileStoreParts parts) : parts_(std::move(parts)) {}

  void replace_settings(const FileSettings& settings);
  [[nodiscard]] FileSettings settings() const { return *settings_.load(); }

  [[nodiscard]] std::unique_ptr<NewFile> make(std::string scope) const;
  /// Without `expires_after` the configured retention holds. TooLarge when this node has no room for it.
  [[nodiscard]] Result<FileRecord> keep(NewFile& file, std::string purpose, std::string filename,
                                        std::optional<Duration> expires_after);
  /// NotFound for what is not there, is over, or is another's. An empty scope: anybody's.
  [[nodiscard]] Result<FileRecord> load(const std::string& id, const std::string& scope);
  [[nodiscard]] Result<FilePage> list(const FileQuery& query);
  [[nodiscard]] Result<void> remove(const FileRecord& file);
  /// Unavailable when another node has the bytes.
  [[nodiscard]] Result<store::SealedFileReader> read(const FileRecord& file) const;

  /// The number of files whose time was over.
  [[nodiscard]] Result<std::int64_t> drop_expired();
  /// Bytes without a row, left by a process that was killed. At start, before files are made.
  [[nodiscard]] Result<void> remove_orphans();

 private:
  [[nodiscard]] std::filesystem::path path_of(const std::string& id) const;
  [[nodiscard]] Result<void> check_room(std::uint64_t bytes);

  FileStoreParts parts_;
  std::atomic<std::shared_ptr<const FileSettings>> settings_{std::make_shared<const FileSettings>()};
};

}  // namespace millwright::batches
