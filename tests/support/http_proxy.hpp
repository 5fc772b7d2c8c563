// An HTTP proxy for tests: opens tunnels, passes plain requests on, or fails as its script says.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace millwright::test {

class HttpProxy {
 public:
  /// What it does with each request. Answer: writes `bytes` and closes. Open: connects to 127.0.0.1 and the port of the
  /// target, whatever its host.
  enum class Does { Open, Answer, CloseAtOnce, Hang };
  explicit HttpProxy(Does does = Does::Open, std::string bytes = {});
  ~HttpProxy();
  HttpProxy(const HttpProxy&) = delete;
  HttpProxy& operator=(const HttpProxy&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// The heads it has read, in order.
  [[nodiscard]] std::vector<std::string> heads() const;

 private:
  void accept_all();
  void serve(int socket);
  void splice(int socket, int target);
  void keep(int socket);

  Does does_;
  std::string bytes_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> heads_;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace millwright::test
