#include "features/configuration/sources.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace millwright::configuration {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t file_bytes_max = 4u << 20;
constexpr std::size_t files_max = 1'000;

Error source_error(const std::string& source, std::string message, std::string fix = {}) {
  Error error;
  error.code = ErrorCode::InvalidConfig;
  error.where.source = source;
  error.message = std::move(message);
  error.fix = std::move(fix);
  return error;
}

Result<std::string> read_text(const fs::path& path, const std::string& name) {
  std::error_code reason;
  if (!fs::is_regular_file(path, reason)) {
    return std::unexpected(source_error(name, fmt::format("there is no file {}", path.string()),
                                        "Check the path given with --config."));
  }
  if (fs::file_size(path, reason) > file_bytes_max || reason) {
    return std::unexpected(source_error(name, "the file is larger than 4MiB"));
  }
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) return std::unexpected(source_error(name, fmt::format("cannot read {}: {}", path.string(), std::strerror(errno))));
  return std::move(text).str();
}

std::vector<std::string> names_below(const fs::path& directory, config::Faults& faults) {
  std::vector<std::string> names;
  std::error_code reason;
  for (fs::directory_iterator entry(directory, reason), end; !reason && entry != end; entry.increment(reason)) {
    const auto name = entry->path().filename().string();
    const bool is_scratch = name.starts_with(".") || name.ends_with("~");   // of editors
    if (name.ends_with(".yml")) {
      faults.push_back(source_error("conf.d/" + name, "the file is not read", "Rename it to end in .yaml."));
    } else if (!is_scratch && name.ends_with(".yaml")) {
      names.push_back(name);
    }
  }
  std::ranges::sort(names);
  return names;
}

/// A temporary file beside `path`, synced, then renamed over it; keeps the mode of what was there.
Result<void> replace_file(const fs::path& path, std::string_view text) {
  std::error_code ignored;
  fs::create_directories(path.parent_path(), ignored);
  struct stat known {};
  const mode_t mode = ::stat(path.c_str(), &known) == 0 ? known.st_mode & 07777 : 0644;
  const std::string temporary = path.string() + ".new";
  const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  bool is_written = file >= 0;
  for (std::size_t at = 0; is_written && at < text.size();) {
    const auto count = ::write(file, text.data() + at, text.size() - at);
    if (count < 0 && errno == EINTR) continue;
    is_written = count > 0;
    at += is_written ? static_cast<std::size_t>(count) : 0;
  }
  is_written = is_written && ::fsync(file) == 0;
  const int failure = errno;
  if (file >= 0) ::close(file);
  if (is_written && ::rename(temporary.c_str(), path.c_str()) == 0) return {};
  const std::string why = std::strerror(is_written ? errno : failure);
  ::unlink(temporary.c_str());
  auto error = fail(ErrorCode::Forbidden, "cannot write {}: {}", path.string(), why);
  error.error().fix = "Make the directory writable for the service, or change the file in place and reload.";
  return error;
}

Result<void> remove_file(const fs::path& path) {
  std::error_code reason;
  fs::remove(path, reason);
  if (reason) return fail(ErrorCode::Forbidden, "cannot remove {}: {}", path.string(), reason.message());
  return {};
}

std::optional<std::string> text_before(const fs::path& path) {
  auto text = read_text(path, path.filename().string());
  return text ? std::optional(std::move(*text)) : std::nullopt;
}

}  // namespace

std::expected<Texts, config::Faults> read_sources(const fs::path& file) {
  config::Faults faults;
  Texts texts;
  const auto add = [&](const fs::path& path, const std::string& name) {
    auto text = read_text(path, name);
    if (text) {
      texts[name] = std::move(*text);
    } else {
      faults.push_back(std::move(text.error()));
    }
  };
  add(file, file.filename().string());
  const auto directory = file.parent_path() / "conf.d";
  const auto names = names_below(directory, faults);
  if (names.size() > files_max) faults.push_back(source_error("conf.d", fmt::format("more than {} files", files_max)));
  for (std::size_t i = 0; i < std::min(names.size(), files_max); ++i) add(directory / names[i], "conf.d/" + names[i]);
  if (!faults.empty()) return std::unexpected(std::move(faults));
  return texts;
}

Result<std::string> source_key(const fs::path& file, const std::string& name) {
  const auto main_name = file.filename().string();
  if (name == main_name) return main_name;
  const std::string_view base = name.starts_with("conf.d/") ? std::string_view(name).substr(7) : std::string_view(name);
  const auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  const bool is_plain = std::ranges::all_of(base, is_good) && !base.starts_with(".") && base.size() <= 128;
  if (is_plain && base.ends_with(".yaml") && base.size() > 5) return "conf.d/" + std::string(base);
  auto error = fail(ErrorCode::InvalidInput, "\"{}\" is not the name of a configuration file", name.substr(0, 128));
  error.error().fix = "Use letters, digits, '.', '_' and '-', ending in .yaml.";
  return error;
}

SourceChange::SourceChange(fs::path directory, Texts texts, std::vector<std::string> removed)
    : directory_(std::move(directory)), texts_(std::move(texts)), removed_(std::move(removed)) {}

Result<void> SourceChange::write() {
  Result<void> done;
  for (const auto& [name, text] : texts_) {
    before_.push_back({name, text_before(directory_ / name)});
    done = replace_file(directory_ / name, text);
    if (!done) break;
  }
  for (const auto& name : removed_) {
    if (!done) break;
    before_.push_back({name, text_before(directory_ / name)});
    done = remove_file(directory_ / name);
  }
  if (!done) undo();
  return done;
}

void SourceChange::undo() {
  for (auto step = before_.rbegin(); step != before_.rend(); ++step) {
    const auto path = directory_ / step->name;
    // What cannot be put back is found at the next reload, which compares the files with the state in force.
    const auto done = step->text ? replace_file(path, *step->text) : remove_file(path);
    static_cast<void>(done);
  }
  before_.clear();
}

}  // namespace millwright::configuration
