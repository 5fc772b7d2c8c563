// A factory with one use case "desk" on one model of one provider, without retries, and what its ledger got.
#pragma once

#include <string>
#include <string_view>

#include "tests/api/running_factory.hpp"

namespace millwright::test {

inline constexpr const char* desk_chat = R"({"model":"desk","messages":[{"role":"user","content":"hello"}]})";
inline constexpr const char* desk_streamed_chat =
    R"({"model":"desk","stream":true,"messages":[{"role":"user","content":"hello"}]})";

class Desk {
 public:
  /// `members` are further members of the provider, as in "proxy: {url: none}". A token costs 1,000 nano-USD in and
  /// 2,000 out; an attempt may take 500 ms, a stream be silent for 300 ms.
  explicit Desk(std::string_view url, std::string_view members = "location: on_prem");
  [[nodiscard]] io::http::Response ask(const char* body);

  /// What the ledger got since the last time.
  struct Booked {
    std::size_t rows = 0, failed = 0, estimated = 0;
    std::int64_t output = 0;
    Money cost;
  };
  [[nodiscard]] Booked booked();

 private:
  RunningFactory running_;
  std::string key_;
  std::size_t seen_ = 0;
};

}  // namespace millwright::test
