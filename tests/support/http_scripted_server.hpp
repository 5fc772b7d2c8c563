// A server that reads each request and answers with bytes from a script, right or wrong, connection by connection.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace millwright::test {

/// One answer, and what becomes of the connection after it.
struct ScriptedAnswer {
  std::string bytes;
  enum class Then { Keep, Close, Reset, Hang } then = Then::Keep;
};

class ScriptedServer {
 public:
  /// The n-th connection plays the n-th script; after its last answer it is closed.
  explicit ScriptedServer(std::vector<std::vector<ScriptedAnswer>> scripts);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::vector<std::string> requests() const;
  [[nodiscard]] unsigned connections() const { return connections_; }
  /// Waits until that many connections were closed by the server's script.
  void wait_until_closed(unsigned count) const;

 private:
  void serve();
  void play(int socket, const std::vector<ScriptedAnswer>& script);

  std::vector<std::vector<ScriptedAnswer>> scripts_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<unsigned> connections_{0};
  std::atomic<unsigned> closed_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::vector<int> hanging_;
  std::thread thread_;
};

}  // namespace millwright::test
