// Names to addresses on one loop: lookups of the same name share one question, and an answer is kept for a moment.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "io/http/cancellation.hpp"
#include "io/loop/task.hpp"

namespace millwright::io::http {

class Resolver : public std::enable_shared_from_this<Resolver> {
 public:
  using Addresses = std::vector<boost::asio::ip::address>;

  explicit Resolver(Executor executor) : executor_(executor), resolver_(executor) {}

  /// The addresses of a name; a literal address is itself. Errors: Unavailable, Timeout, Cancelled.
  [[nodiscard]] Task<Result<Addresses>> resolve(std::string host, std::chrono::milliseconds timeout,
                                                std::shared_ptr<Cancellation::State> cancellation);

 private:
  using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                  boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;
  struct Lookup {
    bool is_done = false;
    std::string failure;
    Addresses addresses;
    std::chrono::steady_clock::time_point until;   // how long the answer may be used
    std::vector<std::shared_ptr<Timer>> waiting;
  };

  [[nodiscard]] std::shared_ptr<Lookup> find_or_start(const std::string& host);

  Executor executor_;
  boost::asio::ip::basic_resolver<boost::asio::ip::tcp, Executor> resolver_;
  std::unordered_map<std::string, std::shared_ptr<Lookup>> lookups_;
};

}  // namespace millwright::io::http
