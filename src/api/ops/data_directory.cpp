#include "api/ops/data_directory.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/text.hpp"

namespace millwright::api {

namespace {

namespace fs = std::filesystem;

/// Marks a check as mended, or says why it could not be.
void settle(Check& check, bool is_done, int reason) {
  if (!is_done) {
    check.evidence += fmt::format("; it could not be mended: {}", std::strerror(reason));
    return;
  }
  check.status = "ok";
  check.is_mended = true;
}

void check_mode(const fs::path& path, std::string_view name, std::string_view why, Repair repair, Checks& checks) {
  struct stat info{};
  if (stat(path.c_str(), &info) != 0) return;   // made at the first start
  Check check{"security", std::string(name), "ok", fmt::format("mode {:03o}", info.st_mode & 0777), {}, {}};
  if ((info.st_mode & 077) != 0) {
    check.status = "failure";
    check.fix = fmt::format("chmod go-rwx {}", path.string());
    check.why = why;
    check.is_mendable = true;
    if (repair == Repair::Mend) settle(check, chmod(path.c_str(), info.st_mode & 0700) == 0, errno);
  }
  checks.push_back(std::move(check));
}

void check_owner(const fs::path& data, Checks& checks) {
  struct stat info{};
  if (stat(data.c_str(), &info) != 0) return;
  const bool is_own = info.st_uid == geteuid() || geteuid() == 0;
  checks.push_back({"security", "owner of the data directory", is_own ? "ok" : "failure",
                    fmt::format("user {}; this process runs as user {}", info.st_uid, geteuid()),
                    is_own ? "" : "run as its owner, or chown the directory",
                    is_own ? "" : "the server could not write there"});
}

void check_folder(const fs::path& path, Repair repair, Checks& checks) {
  std::error_code error;
  Check check{"storage", path.filename().string() + " directory", "ok", "there", {}, {}};
  if (!fs::is_directory(path, error)) {
    const bool is_something_else = fs::exists(path, error);
    check.status = "failure";
    check.evidence = is_something_else ? "it is a file" : "missing";
    check.fix = is_something_else ? "move it away, then millwright doctor --fix" : "mkdir -m 700 " + path.string();
    check.why = "what belongs there cannot be read; files that were in it are gone and come back from a backup only";
    check.is_mendable = !is_something_else;
    if (check.is_mendable && repair == Repair::Mend) settle(check, mkdir(path.c_str(), 0700) == 0, errno);
  }
  checks.push_back(std::move(check));
}

/// Files that were written beside another to replace it and never took its place.
std::vector<fs::path> leftovers(const fs::path& directory) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().filename().string().ends_with(".yaml.new")) found.push_back(entry->path());
  }
  return found;
}

void check_leftovers(const fs::path& config_file, Repair repair, Checks& checks) {
  auto found = leftovers(fs::absolute(config_file).parent_path());
  for (auto& path : leftovers(fs::absolute(config_file).parent_path() / "conf.d")) found.push_back(std::move(path));
  if (found.empty()) return;
  std::vector<std::string> names;
  for (const auto& path : found) names.push_back(path.string());
  Check check{"config", "unfinished writes", "warning", join(names, ", "), "rm " + join(names, " "),
              "a write of the configuration was interrupted; the files in force are whole", true};
  if (repair == Repair::Mend) {
    bool is_done = true;
    for (const auto& path : found) is_done = unlink(path.c_str()) == 0 && is_done;
    settle(check, is_done, errno);
  }
  checks.push_back(std::move(check));
}

}  // namespace

Checks check_data_directory(const fs::path& data, const fs::path& config_file, Repair repair) {
  Checks checks;
  check_owner(data, checks);
  check_mode(data, "data directory", "other users of this machine can read documents, prompts and keys", repair,
             checks);
  for (const auto& [file, name] : {std::pair("vault.key", "vault key"), std::pair("signing.key", "signing key"),
                                   std::pair("audit.key", "audit key"), std::pair("vault.salt", "vault salt")}) {
    check_mode(data / file, name, "whoever can read it can read or forge what it protects", repair, checks);
  }
  std::error_code error;
  if (fs::exists(data / "lock", error)) {   // a server has run here
    for (const auto* name : {"blobs", "indexes"}) check_folder(data / name, repair, checks);
  }
  check_leftovers(config_file, repair, checks);
  return checks;
}

}  // namespace millwright::api
