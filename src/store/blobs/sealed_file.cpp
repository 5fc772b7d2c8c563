#include "store/blobs/sealed_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "store/vault/vault.hpp"

namespace millwright::store {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t sealed_bytes_max = SealedFileWriter::piece_bytes + (64u << 10);

/// The place of a piece is sealed with it, and whether another one follows.
std::string context_of_piece(const std::string& context, std::uint64_t number, bool is_last) {
  return fmt::format("{} {} {}", context, number, is_last ? "last" : "more");
}

std::array<char, 4> length_of(std::size_t size) {
  return {static_cast<char>(size >> 24), static_cast<char>(size >> 16), static_cast<char>(size >> 8),
          static_cast<char>(size)};
}

std::size_t size_of(const std::array<char, 4>& length) {
  std::size_t size = 0;
  for (const char byte : length) size = size << 8 | static_cast<unsigned char>(byte);
  return size;
}

/// A file or a folder, to the disk.
bool sync_path(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool is_synced = ::fsync(file) == 0;
  ::close(file);
  return is_synced;
}

}  // namespace

SealedFileWriter::SealedFileWriter(fs::path path, std::string context, const Vault& vault)
    : path_(std::move(path)), temporary_(path_.string() + ".part"), context_(std::move(context)), vault_(vault) {}

SealedFileWriter::~SealedFileWriter() {
  if (!is_open_ || is_finished_) return;
  out_.close();
  std::error_code ignored;
  fs::remove(temporary_, ignored);
}

std::unexpected<Error> SealedFileWriter::failed_to(std::string_view what) const {
  return fail(ErrorCode::Unavailable, "cannot {} {}: {}", what, temporary_.string(), std::strerror(errno));
}

Result<void> SealedFileWriter::open() {
  std::error_code failed;
  fs::create_directories(path_.parent_path(), failed);
  if (failed) return fail(ErrorCode::Unavailable, "cannot make {}: {}", path_.parent_path().string(), failed.message());
  fs::remove(temporary_, failed);
  const int file = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return failed_to("make");
  ::close(file);
  out_.open(temporary_, std::ios::binary | std::ios::in | std::ios::out);
  is_open_ = true;
  if (!out_) return failed_to("open");
  return {};
}

Result<void> SealedFileWriter::write_piece(bool is_last) {
  if (!is_open_) {
    auto opened = open();
    if (!opened) return opened;
  }
  const auto size = std::min(held_.size(), piece_bytes);
  auto sealed = vault_.seal(std::string_view(held_).substr(0, size), context_of_piece(context_, pieces_++, is_last));
  if (!sealed) return pass(sealed);
  const auto length = length_of(sealed->size());
  out_.write(length.data(), length.size());
  out_.write(sealed->data(), static_cast<std::streamsize>(sealed->size()));
  if (!out_) return failed_to("write");
  held_.erase(0, size);
  return {};
}

Result<void> SealedFileWriter::write(std::string_view bytes) {
  size_ += bytes.size();
  held_.append(bytes);
  while (held_.size() > piece_bytes) {   // the last piece is known as such only at the end
    auto written = write_piece(false);
    if (!written) return written;
  }
  return {};
}

Result<void> SealedFileWriter::finish(Durability durability) {
  auto written = write_piece(true);
  if (!written) return written;
  out_.close();
  if (!out_) return failed_to("write");
  if (durability == Durability::Power && !sync_path(temporary_)) return failed_to("sync");
  std::error_code failed;
  fs::rename(temporary_, path_, failed);
  if (failed) return fail(ErrorCode::Unavailable, "cannot rename {}: {}", temporary_.string(), failed.message());
  is_finished_ = true;
  if (durability == Durability::Power && !sync_path(path_.parent_path())) return failed_to("sync the folder of");
  return {};
}

Result<SealedFileReader> SealedFileReader::open(const fs::path& path, std::string context, const Vault& vault) {
  std::error_code failed;
  const auto size = fs::file_size(path, failed);
  std::ifstream in(path, std::ios::binary);
  if (failed || !in) return fail(ErrorCode::NotFound, "there is no file {}", path.string());
  return SealedFileReader(std::move(in), size, std::move(context), vault);
}

Result<std::optional<std::string>> SealedFileReader::next() {
  if (left_ == 0) {
    if (pieces_ == 0) return fail(ErrorCode::Corrupt, "a sealed file is empty");
    return std::nullopt;
  }
  std::array<char, 4> length{};
  in_.read(length.data(), length.size());
  const auto size = size_of(length);
  if (!in_ || size > sealed_bytes_max || size + length.size() > left_) {
    return fail(ErrorCode::Corrupt, "a sealed file was cut short");
  }
  std::string sealed(size, '\0');
  in_.read(sealed.data(), static_cast<std::streamsize>(size));
  if (!in_) return fail(ErrorCode::Corrupt, "a sealed file cannot be read");
  left_ -= size + length.size();
  auto plain = vault_->unseal(sealed, context_of_piece(context_, pieces_++, left_ == 0));
  if (!plain) return pass(plain);
  return std::move(*plain);
}

}  // namespace millwright::store
