// A real PostgreSQL server for tests: started once a test process, on a socket and loopback port of its own, without
// fsync, and stopped when the process ends. A machine without PostgreSQL fails the tests that ask for it.
#pragma once

#include <string>

namespace millwright::test {

/// One empty schema of the server, dropped with the object.
class PostgresDatabase {
 public:
  /// Starts the server on first use. Throws std::runtime_error, which fails the test, when it cannot.
  PostgresDatabase();
  ~PostgresDatabase();
  PostgresDatabase(const PostgresDatabase&) = delete;
  PostgresDatabase& operator=(const PostgresDatabase&) = delete;

  /// Over loopback TCP; its search_path is the schema.
  [[nodiscard]] const std::string& url() const { return url_; }
  /// The same database over the server's Unix socket.
  [[nodiscard]] const std::string& socket_url() const { return socket_url_; }
  /// Cuts every connection to the server, as a crash or a failover would.
  void cut_connections() const;

 private:
  std::string name_;
  std::string url_;
  std::string socket_url_;
};

}  // namespace millwright::test
