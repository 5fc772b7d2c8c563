// Large files at rest: sealed piece by piece as they are written, unsealed piece by piece as they are read, so that
// neither side ever holds more than one piece. A file that was cut short, or whose pieces were exchanged, does not open.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "store/database.hpp"

namespace millwright::store {

class Vault;

/// Writes one file: under a temporary name until `finish`, and without it removed. Blocking, for one thread at a time.
class SealedFileWriter {
 public:
  static constexpr std::size_t piece_bytes = 1u << 20;

  /// `vault` outlives the writer; `context` is bound to every piece and must be given again to read.
  SealedFileWriter(std::filesystem::path path, std::string context, const Vault& vault);
  ~SealedFileWriter();
  SealedFileWriter(const SealedFileWriter&) = delete;
  SealedFileWriter& operator=(const SealedFileWriter&) = delete;

  /// Unavailable when the disk refuses.
  [[nodiscard]] Result<void> write(std::string_view bytes);
  /// Plain bytes so far.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// With Power, synced with its folder.
  [[nodiscard]] Result<void> finish(Durability durability);

 private:
  [[nodiscard]] Result<void> open();
  [[nodiscard]] Result<void> write_piece(bool is_last);
  [[nodiscard]] std::unexpected<Error> failed_to(std::string_view what) const;

  std::filesystem::path path_, temporary_;
  std::string context_;
  const Vault& vault_;
  std::ofstream out_;
  std::string held_;
  std::uint64_t size_ = 0, pieces_ = 0;
  bool is_open_ = false, is_finished_ = false;
};

/// Reads one from its beginning. Blocking, for one thread at a time.
class SealedFileReader {
 public:
  /// NotFound when there is no such file.
  [[nodiscard]] static Result<SealedFileReader> open(const std::filesystem::path& path, std::string context,
                                                     const Vault& vault);
  /// The next plain bytes; nothing at the end. Corrupt when the file was changed.
  [[nodiscard]] Result<std::optional<std::string>> next();

 private:
  SealedFileReader(std::ifstream in, std::uint64_t size, std::string context, const Vault& vault)
      : in_(std::move(in)), left_(size), context_(std::move(context)), vault_(&vault) {}

  std::ifstream in_;
  std::uint64_t left_;     // sealed bytes not read yet
  std::string context_;
  const Vault* vault_;
  std::uint64_t pieces_ = 0;
};

}  // namespace millwright::store
