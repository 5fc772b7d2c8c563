#include "app/examine.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <iterator>

#include "api/ops/data_directory.hpp"
#include "app/data_lock.hpp"
#include "app/factory.hpp"
#include "app/vocabulary.hpp"
#include "base/text.hpp"
#include "cli/client.hpp"
#include "extensions/graders/all.hpp"

namespace millwright::app {

namespace {

namespace fs = std::filesystem;
using api::Check;
using api::Checks;
using api::Repair;

/// False when there is none, and none was made.
bool check_presence(const fs::path& data, Repair repair, Checks& checks) {
  std::error_code error;
  if (fs::is_directory(data, error)) return true;
  const bool is_file = fs::exists(data, error);
  Check check{"storage",
              "data directory",
              is_file ? "failure" : "skipped",
              data.string() + (is_file ? " is a file" : " is not there"),
              is_file ? "give another --data" : "millwright serve makes it",
              is_file ? "nothing can be stored there" : "",
              !is_file};
  if (!is_file && repair == Repair::Mend) {
    check.is_mended = fs::create_directories(data, error) && chmod(data.c_str(), 0700) == 0;
    if (check.is_mended) check.status = "ok";
    if (error) check.evidence += "; it cannot be made: " + error.message();
  }
  checks.push_back(std::move(check));
  return checks.back().is_mended;
}

void check_process(const fs::path& data, const std::optional<std::string>& holder, Repair repair, Checks& checks) {
  const auto socket = data / "control.sock";
  std::error_code error;
  const bool has_socket = fs::exists(socket, error);
  const bool is_served = has_socket && cli::is_served(socket);
  Check check{"system", "process",
              "ok",     holder ? "process " + *holder + " holds the lock" : "none runs; the lock is free",
              {},       {}};
  if (holder && !is_served) {
    check.status = "warning";
    check.evidence += " and does not answer on control.sock";
    check.fix = "wait until it has started; else look at its log, and stop it";
    check.why = "commands on this data directory cannot reach it";
  }
  checks.push_back(std::move(check));
  if (!has_socket || holder || is_served) return;
  Check stale{"system", "control socket", "warning", "left behind by a process that is gone", "rm " + socket.string(),
              "commands find nobody there; the next start removes it", true};
  // Whoever starts takes the lock before making a socket: while it is ours, this one is nobody's.
  if (repair == Repair::Mend) {
    const auto lock = DataLock::take(data);
    stale.is_mended = lock && unlink(socket.c_str()) == 0;
    if (stale.is_mended) stale.status = "ok";
  }
  checks.push_back(std::move(stale));
}

/// The configuration on disk; nothing when it has faults.
std::optional<configuration::ProcessSettings> check_configuration(const fs::path& file, Checks& checks) {
  const auto graders = extensions::make_graders();
  auto loaded = configuration::load_files(file, make_vocabulary(fs::absolute(file).parent_path(), graders));
  if (!loaded) {
    checks.push_back({"config", "files", "failure", describe(configuration::join_faults(loaded.error())),
                      "millwright config validate " + file.string(), "the server would not start"});
    return std::nullopt;
  }
  checks.push_back({"config", "files", "ok", fmt::format("{} objects", loaded->objects.size()), {}, {}});
  auto settings = configuration::parse_settings(loaded->tree);
  if (!settings) return std::nullopt;
  return std::move(*settings);
}

/// True when the schema is the one of this program.
bool check_schema(const configuration::ProcessSettings& settings, const fs::path& data, Checks& checks) {
  store::DatabaseOptions options;
  options.url = resolved_store_url(settings, data);
  options.readers_max = 1;
  std::error_code error;
  if (options.url.starts_with("sqlite:") && !fs::exists(options.url.substr(7), error)) {
    checks.push_back({"storage", "schema", "skipped", "there is no database yet", "millwright serve makes it", ""});
    return false;
  }
  auto database = store::Database::open(std::move(options));
  auto pending = database ? (*database)->pending(all_migrations()) : Result<std::vector<std::string>>(pass(database));
  if (!pending) {
    checks.push_back({"storage", "schema", "failure", pending.error().message,
                      pending.error().fix.empty() ? "look at store.url and the disk" : pending.error().fix,
                      "the server would not start"});
    return false;
  }
  if (pending->empty()) {
    checks.push_back({"storage", "schema", "ok", "as this version needs it", {}, {}});
    return true;
  }
  checks.push_back({"storage", "schema", "warning",
                    fmt::format("{} pending: {}", pending->size() == 1 ? "one step is" : "steps are", join(*pending, ", ")),
                    "copy the data directory, then millwright serve: the next start applies them",
                    "steps go forward only: afterwards an older version refuses this database"});
  return false;
}

}  // namespace

cli::Examination examine(const cli::Places& places, Repair repair) {
  cli::Examination result;
  auto& checks = result.checks;
  const bool has_data = check_presence(places.data, repair, checks);
  const auto holder = has_data ? DataLock::find_holder(places.data) : std::nullopt;
  if (has_data) {
    check_process(places.data, holder, repair, checks);
    std::ranges::move(api::check_data_directory(places.data, places.config, repair), std::back_inserter(checks));
  }
  if (holder) return result;   // it checks what is its own
  const auto settings = check_configuration(places.config, checks);
  const bool is_current = settings && has_data && check_schema(*settings, places.data, checks);
  // Opening removes a socket that was left behind: a look must not.
  std::error_code error;
  result.can_open = is_current && !fs::exists(places.data / "control.sock", error);
  return result;
}

}  // namespace millwright::app
