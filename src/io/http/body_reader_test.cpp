// Bodies that go to a reader as they arrive.
#include <gtest/gtest.h>

#include "io/http/server.hpp"
#include "io/loop/runtime.hpp"
#include "tests/support/http_raw_client.hpp"

namespace millwright::io::http {
namespace {

using test::RawClient;

class Counter final : public BodyReader {
 public:
  [[nodiscard]] std::size_t bytes_max() const override { return 8u << 20; }
  [[nodiscard]] Task<void> take(std::string bytes) override {
    auto slept = co_await sleep_for(Duration(1));   // a disk is slower than a loop
    (void)slept;
    ++pieces;
    size += bytes.size();
    largest = std::max(largest, bytes.size());
    for (const char c : bytes) is_right = is_right && c == 'z';
  }
  std::size_t pieces = 0, size = 0, largest = 0;
  bool is_right = true;
};

/// "/large" goes to a reader, everything else into its request.
class BodyReaders : public testing::Test {
 protected:
  BodyReaders() {
    ServerOptions options;
    options.body_bytes_max = 1u << 20;
    options.choose_body_reader = [](const Request& request) -> std::shared_ptr<BodyReader> {
      if (request.path != "/large") return nullptr;
      return std::make_shared<Counter>();
    };
    server_ = std::make_unique<Server>(runtime_, options, answer);
    runtime_.start();
    EXPECT_TRUE(server_->start());
  }
  ~BodyReaders() override {
    server_->stop(std::chrono::seconds(1));
    runtime_.stop();
  }
  static Task<void> answer(Exchange& exchange) {
    Response response;
    const auto* counter = static_cast<const Counter*>(exchange.body_reader());
    response.body = counter == nullptr
                        ? fmt::format("held {}", exchange.request().body.size())
                        : fmt::format("read {} {} held {} {}", counter->size, counter->is_right ? "right" : "wrong",
                                      exchange.request().body.size(), counter->largest <= (2u << 20) ? "small" : "large");
    auto sent = co_await exchange.send(std::move(response));
    (void)sent;
  }
  static std::string post(std::string_view path, std::size_t size) {
    return fmt::format("POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: {}\r\n\r\n{}", path, size, std::string(size, 'z'));
  }
  static std::string body_of(const std::string& response) { return response.substr(response.find("\r\n\r\n") + 4); }

  Runtime runtime_{{.loops = 1, .blocking_threads = 1}};
  std::unique_ptr<Server> server_;
};

TEST_F(BodyReaders, TakeWhatIsTooLargeToBeHeldAndLeaveTheConnectionUsable) {
  RawClient client(server_->port());
  client.send(post("/large", 5'000'000));
  EXPECT_EQ(body_of(client.read_response()), "read 5000000 right held 0 small");
  client.send(post("/small", 10) + post("/large", 0) + post("/large", 3));
  EXPECT_EQ(body_of(client.read_response()), "held 10");
  EXPECT_EQ(body_of(client.read_response()), "read 0 right held 0 small");
  EXPECT_EQ(body_of(client.read_response()), "read 3 right held 0 small");
}

TEST_F(BodyReaders, TakeChunks) {
  RawClient client(server_->port());
  const std::string chunk(70'000, 'z');
  std::string request = "POST /large HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 40; ++i) request += fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk);
  client.send(request + "0\r\n\r\n");
  EXPECT_EQ(body_of(client.read_response()), "read 2800000 right held 0 small");
}

TEST_F(BodyReaders, KeepTheirOwnLimitAndLeaveThatOfOthers) {
  for (const auto& [path, size] : {std::pair{"/large", std::size_t{9} << 20}, std::pair{"/small", std::size_t{2} << 20}}) {
    RawClient client(server_->port());
    client.send(fmt::format("POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: {}\r\n\r\n", path, size));
    EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 413 ")) << path;
  }
}

}  // namespace
}  // namespace millwright::io::http
