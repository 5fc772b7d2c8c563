#include "extensions/connectors/filesystem.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "base/text.hpp"
#include "extensions/connectors/beneath.hpp"
#include "extensions/connectors/watch.hpp"

namespace millwright::extensions {

namespace {

using ingestion::SourceItem;
using Visit = std::function<Result<void>(SourceItem)>;

constexpr std::size_t depth_max = 128;
constexpr int reads_of_a_busy_file = 3;

std::string token_of(const struct stat& facts) {
  return fmt::format("{}.{:09}:{}:{}:{}.{:09}", facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec, facts.st_size, facts.st_ino,
                     facts.st_ctim.tv_sec, facts.st_ctim.tv_nsec);
}

/// Survives renaming, unlike the whole token.
std::string identity_of(const struct stat& facts) {
  return fmt::format("{}:{}:{}.{:09}", facts.st_ino, facts.st_size, facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec);
}

std::string percent_encoded(std::string_view path) {
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = std::isalnum(byte) != 0 || c == '/' || c == '-' || c == '_' || c == '.' || c == '~';
    if (is_plain) out += c;
    else out += fmt::format("%{:02X}", byte);
  }
  return out;
}

class FilesystemConnector final : public ingestion::Connector {
 public:
  explicit FilesystemConnector(const ingestion::SourceConfig& source)
      : root_(source.path), include_(source.include), exclude_(source.exclude), watch_(source.path) {
    while (root_.size() > 1 && root_.ends_with('/')) root_.pop_back();
  }

  [[nodiscard]] Result<void> list(const Visit& visit) override {
    auto root = open_folder(root_);
    if (!root) return pass(root);
    const Descriptor base(::dup(root->number()));
    return walk(std::move(*root), base.number(), "", 0, visit);
  }

  [[nodiscard]] Result<std::string> fetch(const SourceItem& item, std::uint64_t bytes_max) override {
    auto root = open_folder(root_);
    if (!root) return pass(root);
    for (int attempt = 0; attempt < reads_of_a_busy_file; ++attempt) {
      auto file = open_beneath(root->number(), item.path);
      if (!file) return pass(file);
      struct stat before{}, after{};
      if (::fstat(file->number(), &before) != 0) return system_error(errno, "it cannot be looked at");
      if (!S_ISREG(before.st_mode)) return fail(ErrorCode::Forbidden, "it is no regular file");
      auto bytes = read_all(file->number(), static_cast<std::uint64_t>(before.st_size), bytes_max);
      if (!bytes) return bytes;
      if (::fstat(file->number(), &after) == 0 && token_of(before) == token_of(after)) return bytes;
    }
    return fail(ErrorCode::Unavailable, "the file changes while it is read");
  }

  [[nodiscard]] bool wait_for_change(Duration timeout) override { return watch_.wait(timeout); }
  void wake() override { watch_.wake(); }

 private:
  static Result<std::string> read_all(int file, std::uint64_t size, std::uint64_t bytes_max) {
    if (size > bytes_max) return fail(ErrorCode::TooLarge, "{} bytes, the limit is {}", size, bytes_max);
    std::string bytes;
    bytes.resize(size + 1);
    std::size_t at = 0;
    for (;;) {
      if (at == bytes.size()) bytes.resize(bytes.size() * 2);
      const ssize_t got = ::read(file, bytes.data() + at, bytes.size() - at);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return system_error(errno, "it cannot be read");
      if (got == 0) break;
      at += static_cast<std::size_t>(got);
      if (at > bytes_max) return fail(ErrorCode::TooLarge, "more than {} bytes", bytes_max);
    }
    bytes.resize(at);
    return bytes;
  }

  Result<void> walk(Descriptor folder, int root, const std::string& below, std::size_t depth, const Visit& visit) {
    if (depth > depth_max) return fail(ErrorCode::TooLarge, "folders are nested more than {} deep at {}", depth_max, below);
    DIR* opened = ::fdopendir(folder.number());
    if (opened == nullptr) return system_error(errno, "the folder " + shown(below) + " cannot be read");
    (void)folder.release();
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(opened, ::closedir);
    std::set<std::string> names;   // sorted: the same listing every time
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(stream.get());
      if (entry == nullptr) break;
      const std::string name = entry->d_name;
      if (name != "." && name != "..") names.insert(name);
    }
    if (errno != 0) return system_error(errno, "the folder " + shown(below) + " cannot be read");
    for (const std::string& name : names) {
      const std::string path = below.empty() ? name : below + "/" + name;
      if (auto visited = visit_entry(::dirfd(stream.get()), root, name, path, depth, visit); !visited) return visited;
    }
    return {};
  }

  Result<void> visit_entry(int folder, int root, const std::string& name, const std::string& path, std::size_t depth,
                           const Visit& visit) {
    struct stat facts{};
    if (::fstatat(folder, name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) {
      return errno == ENOENT ? Result<void>() : system_error(errno, path + " cannot be looked at");
    }
    if (S_ISDIR(facts.st_mode)) {
      if (is_hidden_without_pattern(path) || is_excluded_folder(path)) return {};
      const int inner = ::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
      if (inner < 0) return errno == ENOENT ? Result<void>() : system_error(errno, "the folder " + path + " cannot be read");
      return walk(Descriptor(inner), root, path, depth + 1, visit);
    }
    if (!is_wanted(path)) return {};
    SourceItem item;
    item.path = first_invalid_utf8(path) ? to_valid_utf8(path) : path;
    if (item.path != path) item.refused = "its name is not UTF-8";
    if (S_ISLNK(facts.st_mode) && item.refused.empty()) {
      auto target = open_beneath(root, path);
      if (!target) item.refused = target.error().message;
      else if (::fstat(target->number(), &facts) != 0 || S_ISDIR(facts.st_mode)) return {};
    }
    if (item.refused.empty() && !S_ISREG(facts.st_mode)) item.refused = "it is no regular file";
    item.uri = "file://" + percent_encoded(root_ + "/" + item.path);
    item.bytes = static_cast<std::uint64_t>(facts.st_size);
    item.modified = Timestamp(std::chrono::seconds(facts.st_mtim.tv_sec) +
                              std::chrono::microseconds(facts.st_mtim.tv_nsec / 1'000));
    item.change_token = token_of(facts);
    item.identity = identity_of(facts);
    return visit(std::move(item));
  }

  [[nodiscard]] bool is_wanted(const std::string& path) const {
    const auto matches = [&](const std::string& glob) { return matches_glob(glob, path); };
    if (std::ranges::any_of(exclude_, matches) || is_hidden_without_pattern(path)) return false;
    return include_.empty() || std::ranges::any_of(include_, matches);
  }

  /// A folder all of whose content an exclude pattern "folder/**" leaves out need not be entered.
  [[nodiscard]] bool is_excluded_folder(const std::string& path) const {
    return std::ranges::any_of(exclude_, [&](const std::string& glob) {
      return glob.ends_with("/**") && matches_glob(glob.substr(0, glob.size() - 3), path);
    });
  }

  [[nodiscard]] bool is_hidden_without_pattern(const std::string& path) const {
    const bool is_hidden = path.starts_with('.') || path.find("/.") != std::string::npos;
    if (!is_hidden) return false;
    return std::ranges::none_of(include_, [](const std::string& glob) {
      return glob.starts_with('.') || glob.find("/.") != std::string::npos;
    });
  }

  [[nodiscard]] std::string shown(const std::string& below) const { return below.empty() ? root_ : root_ + "/" + below; }

  std::string root_;
  std::vector<std::string> include_, exclude_;
  Watch watch_;
};

}  // namespace

std::unique_ptr<ingestion::Connector> make_filesystem_connector(const ingestion::SourceConfig& source) {
  return std::make_unique<FilesystemConnector>(source);
}

}  // namespace millwright::extensions
