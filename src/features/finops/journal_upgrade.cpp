#include "features/finops/journal_upgrade.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <spdlog/spdlog.h>

namespace millwright::finops {
namespace {

constexpr std::size_t header_bytes = 4096, slot_bytes = 1024;

/// A run of bytes that only moved. Everything else in a slot of layout 2 is new and zero.
struct Moved {
  std::size_t from, to, length;
};
constexpr std::array moves{
    Moved{0, 0, 96},       // state, attempt, trace, times and money, the first five meters
    Moved{96, 144, 12},    // durations, HTTP status, status, flags
    Moved{108, 157, 81},   // the provider's id of the call and its length
    Moved{190, 238, 780},  // lengths of the names, names
};

Result<void> write_whole(const std::string& path, std::string_view bytes) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return fail(ErrorCode::Unavailable, "cannot write {}: {}", path, std::strerror(errno));
  bool is_written = true;
  for (std::size_t done = 0; done < bytes.size() && is_written;) {
    const auto wrote = ::write(file, bytes.data() + done, bytes.size() - done);
    is_written = wrote > 0;
    done += is_written ? static_cast<std::size_t>(wrote) : 0;
  }
  is_written = is_written && ::fsync(file) == 0;
  const int error = errno;
  ::close(file);
  if (!is_written) return fail(ErrorCode::Unavailable, "cannot write {}: {}", path, std::strerror(error));
  return {};
}

std::string moved_slots(std::string_view old, std::uint64_t magic_2) {
  std::string made(old.size(), '\0');
  std::memcpy(made.data(), old.data(), header_bytes);
  std::memcpy(made.data(), &magic_2, sizeof magic_2);
  for (std::size_t slot = header_bytes; slot + slot_bytes <= old.size(); slot += slot_bytes) {
    for (const auto& [from, to, length] : moves) std::memcpy(made.data() + slot + to, old.data() + slot + from, length);
  }
  return made;
}

}  // namespace

Result<void> upgrade_journal(const std::string& path, std::uint64_t magic_2) {
  std::ifstream file(path, std::ios::binary);
  std::uint64_t magic = 0;
  if (!file || !file.read(reinterpret_cast<char*>(&magic), sizeof magic) || magic != journal_magic_1) return {};
  file.seekg(0);
  const std::string old((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::uint64_t slots = 0;
  if (old.size() >= header_bytes) std::memcpy(&slots, old.data() + sizeof magic, sizeof slots);
  if (old.size() < header_bytes || (old.size() - header_bytes) / slot_bytes != slots ||
      (old.size() - header_bytes) % slot_bytes != 0) {
    return fail(ErrorCode::Corrupt, "{} is a journal of layout 1 that was cut", path);
  }
  const auto beside = path + ".upgrade";
  auto written = write_whole(beside, moved_slots(old, magic_2));
  if (!written) return written;
  std::error_code error;
  std::filesystem::rename(beside, path, error);
  if (error) return fail(ErrorCode::Unavailable, "cannot replace {}: {}", path, error.message());
  spdlog::info("the journal of calls in flight was carried over to layout 2");
  return {};
}

}  // namespace millwright::finops
