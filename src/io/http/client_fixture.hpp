// The fixture that the tests of this room share.
#pragma once

#include "io/http/client.hpp"

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "io/http/egress.hpp"
#include "io/loop/runtime.hpp"
#include "tests/support/http_await.hpp"
#include "tests/support/http_certificate.hpp"
#include "tests/support/http_raw_client.hpp"
#include "tests/support/http_scripted_server.hpp"
#include "tests/support/http_test_server.hpp"
#include "tests/support/temp_directory.hpp"

namespace millwright::io::http {
namespace {

using test::HttpTestServer;
using test::ScriptedAnswer;
using test::ScriptedServer;
using Then = test::ScriptedAnswer::Then;
using std::chrono::milliseconds;

constexpr milliseconds long_enough{10'000};

Task<Result<Response>> fetch(Client& client, Origin origin, ClientRequest request, milliseconds timeout,
                             const Cancellation* cancellation) {
  auto response = co_await client.send(origin, std::move(request), timeout, cancellation);
  if (!response) co_return pass(response);
  auto body = co_await (*response)->read_all(64u << 20);
  if (!body) co_return pass(body);
  co_return Response{(*response)->status(), (*response)->headers(), std::move(*body)};
}

[[maybe_unused]] Task<Result<std::vector<std::string>>> fetch_pieces(Client& client, Origin origin, ClientRequest request) {
  auto response = co_await client.send(origin, std::move(request), long_enough);
  if (!response) co_return pass(response);
  std::vector<std::string> pieces;
  while (true) {
    auto piece = co_await (*response)->read_some();
    if (!piece) co_return pass(piece);
    if (piece->empty()) co_return pieces;
    pieces.emplace_back(*piece);
  }
}

[[maybe_unused]] Task<Result<std::size_t>> read_at_most(Client& client, Origin origin, ClientRequest request, std::size_t bytes_max) {
  auto response = co_await client.send(origin, std::move(request), long_enough);
  if (!response) co_return pass(response);
  auto body = co_await (*response)->read_all(bytes_max);
  if (!body) co_return pass(body);
  co_return body->size();
}

ClientRequest to(std::string path, Method method = Method::Get, std::string body = {}) {
  return {method, std::move(path), {}, std::move(body)};
}

class ClientTest : public testing::Test {
 protected:
  ClientTest() : runtime_({.loops = 1, .blocking_threads = 1}) { runtime_.start(); }
  ~ClientTest() override { client_.reset(); }

  Origin origin(std::uint16_t port) {
    guard_.replace_rules({{"127.0.0.1", port, true}, {"localhost", port, true}});
    return *Origin::parse(fmt::format("http://127.0.0.1:{}", port));
  }
  void use(ClientOptions options) { client_ = std::make_unique<Client>(runtime_, guard_, std::move(options)); }
  Result<Response> get(const Origin& origin, ClientRequest request, milliseconds timeout = long_enough,
                       const Cancellation* cancellation = nullptr) {
    return test::await_on(runtime_.loop(0), fetch(*client_, origin, std::move(request), timeout, cancellation));
  }

  Runtime runtime_;
  EgressGuard guard_;
  std::unique_ptr<Client> client_ = std::make_unique<Client>(runtime_, guard_);
};

}  // namespace
}  // namespace millwright::io::http
