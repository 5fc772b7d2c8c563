#include "tests/support/postgres.hpp"

#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "tests/support/temp_directory.hpp"

namespace millwright::test {
namespace {

namespace fs = std::filesystem;

/// The directory with `initdb` and `postgres`, of the newest version installed.
fs::path find_binaries() {
  fs::path best;
  int best_version = 0;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    const int version = std::atoi(entry.path().filename().c_str());
    if (version > best_version && fs::exists(entry.path() / "bin/initdb")) {
      best = entry.path() / "bin";
      best_version = version;
    }
  }
  if (best.empty()) throw std::runtime_error("PostgreSQL is not installed below /usr/lib/postgresql");
  return best;
}

int free_loopback_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool is_bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                        ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(fd);
  if (!is_bound) throw std::runtime_error("no free loopback port");
  return ntohs(address.sin_port);
}

/// Starts a program as the user `postgres` (PostgreSQL refuses root); it ends when this process does.
pid_t start_as_postgres(const std::vector<std::string>& command, const std::string& log) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const passwd* user = ::geteuid() == 0 ? ::getpwnam("postgres") : nullptr;
  if (::geteuid() == 0 && user == nullptr) throw std::runtime_error("there is no user \"postgres\"");
  const pid_t child = ::fork();
  if (child != 0) return child;
  if (user != nullptr && (::initgroups(user->pw_name, user->pw_gid) != 0 || ::setgid(user->pw_gid) != 0 ||
                          ::setuid(user->pw_uid) != 0)) {
    ::_exit(126);
  }
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  const int in = ::open("/dev/null", O_RDONLY);
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::dup2(out, 2);
  ::close_range(3, ~0U, 0);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

void run_to_end(const std::vector<std::string>& command, const std::string& log) {
  int status = 0;
  const pid_t child = start_as_postgres(command, log);
  if (child < 0 || ::waitpid(child, &status, 0) != child || status != 0) {
    std::ifstream in(log);
    throw std::runtime_error(command[0] + " failed: " + std::string(std::istreambuf_iterator<char>(in), {}));
  }
}

class Server {
 public:
  Server() : binaries_(find_binaries()), port_(free_loopback_port()) {
    const std::string home = directory_.path().string();
    if (::geteuid() == 0) {
      const passwd* user = ::getpwnam("postgres");
      if (user == nullptr || ::chown(home.c_str(), user->pw_uid, user->pw_gid) != 0) {
        throw std::runtime_error("cannot hand " + home + " to the user postgres");
      }
    }
    const std::string data = home + "/data", log = home + "/log";
    run_to_end({binaries_ / "initdb", "-D", data, "-U", "millwright", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
                "--no-sync", "--no-instructions"}, log);
    process_ = start_as_postgres(
        {binaries_ / "postgres", "-D", data, "-k", home, "-p", std::to_string(port_),
         "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "full_page_writes=off",
         "-c", "shared_buffers=32MB", "-c", "dynamic_shared_memory_type=mmap", "-c", "max_connections=100",
         "-c", "autovacuum=off", "-c", "log_min_messages=fatal"}, log);
    wait_until_ready(log);
  }

  ~Server() {
    if (process_ > 0) {
      ::kill(process_, SIGQUIT);
      ::waitpid(process_, nullptr, 0);
    }
  }

  /// A schema instead of a database: made and dropped in a few milliseconds.
  [[nodiscard]] std::string url(const std::string& schema) const {
    return fmt::format("postgresql://millwright@127.0.0.1:{}/postgres?options=-csearch_path%3D{}", port_, schema);
  }
  [[nodiscard]] std::string socket_url(const std::string& schema) const {
    return fmt::format("postgresql://millwright@/postgres?host={}&port={}&options=-csearch_path%3D{}",
                       directory_.path().string(), port_, schema);
  }

  void command(const std::string& text) const {
    PGconn* connection = ::PQconnectdb(socket_url("public").c_str());
    PGresult* result = ::PQexec(connection, ("SET client_min_messages=warning; " + text).c_str());
    const ExecStatusType status = ::PQresultStatus(result);
    const std::string message = ::PQerrorMessage(connection);
    ::PQclear(result);
    ::PQfinish(connection);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) throw std::runtime_error(text + ": " + message);
  }

 private:
  void wait_until_ready(const std::string& log) {
    for (int attempt = 0; attempt < 3'000; ++attempt) {
      if (::PQping(socket_url("public").c_str()) == PQPING_OK) return;
      if (::waitpid(process_, nullptr, WNOHANG) == process_) break;
      ::poll(nullptr, 0, 10);
    }
    std::ifstream in(log);
    throw std::runtime_error("PostgreSQL does not start: " + std::string(std::istreambuf_iterator<char>(in), {}));
  }

  TempDirectory directory_;
  fs::path binaries_;
  int port_;
  pid_t process_ = 0;
};

/// One server a process, ended after the last test.
Server& server() {
  static Server instance;
  return instance;
}

}  // namespace

PostgresDatabase::PostgresDatabase() {
  static std::atomic<int> count{0};
  name_ = fmt::format("test_{}", ++count);
  server().command("CREATE SCHEMA " + name_);
  url_ = server().url(name_);
  socket_url_ = server().socket_url(name_);
}

PostgresDatabase::~PostgresDatabase() {
  try {
    server().command("DROP SCHEMA " + name_ + " CASCADE");
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
  }
}

void PostgresDatabase::cut_connections() const {
  server().command("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
                   "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
}

}  // namespace millwright::test
