#include "api/local_exchange.hpp"

#include <future>

#include <boost/asio/post.hpp>

#include "api/problem.hpp"

namespace millwright::api {

namespace {

class LocalExchange final : public io::http::Exchange {
 public:
  LocalExchange(io::http::Request request, std::function<void(std::string_view)> on_piece)
      : request_(std::move(request)), on_piece_(std::move(on_piece)) {}

  io::http::Request& request() override { return request_; }

  io::Task<Result<void>> send(io::http::Response response) override {
    has_started_ = true;
    response_ = std::move(response);
    co_return Result<void>();
  }
  io::Task<Result<void>> start_stream(io::http::Response head) override {
    has_started_ = true;
    response_ = std::move(head);
    co_return Result<void>();
  }
  io::Task<Result<void>> write(std::string_view bytes) override {
    if (on_piece_) {
      on_piece_(bytes);
    } else {
      response_.body.append(bytes);
    }
    co_return Result<void>();
  }
  io::Task<Result<void>> finish_stream() override { co_return Result<void>(); }
  void abort() override { response_ = problem(Error{ErrorCode::Internal, "the answer was cut short", {}, {}, {}, {}}, ""); }
  [[nodiscard]] bool has_started() const override { return has_started_; }
  void on_client_gone(std::function<void()> gone) override {
    if (is_gone_ && gone) gone();
    gone_ = std::move(gone);
  }
  [[nodiscard]] bool is_client_gone() const override { return is_gone_; }

  // On the loop of the request.
  void leave() {
    is_gone_ = true;
    if (gone_) gone_();
  }
  void end() { gone_ = nullptr; }

  [[nodiscard]] io::http::Response take_response() {
    if (!has_started_) return problem(Error{ErrorCode::Internal, "the request got no answer", {}, {}, {}, {}}, "");
    return std::move(response_);
  }

 private:
  io::http::Request request_;
  io::http::Response response_;
  std::function<void(std::string_view)> on_piece_;
  std::function<void()> gone_;
  bool has_started_ = false;
  bool is_gone_ = false;
};

io::Task<void> serve(Router& router, std::shared_ptr<LocalExchange> exchange,
                     std::shared_ptr<std::promise<void>> done) {
  try {
    co_await router.handle(*exchange);
    exchange->end();
  } catch (...) {
    exchange->end();
    done->set_exception(std::current_exception());
    co_return;
  }
  done->set_value();
}

}  // namespace

io::http::Response dispatch_locally(Router& router, io::Runtime& runtime, io::http::Request request,
                                    const std::function<void(std::string_view)>& on_piece, std::stop_token stop) {
  request.is_local_owner = true;
  request.peer = "this process";
  auto exchange = std::make_shared<LocalExchange>(std::move(request), on_piece);
  auto done = std::make_shared<std::promise<void>>();
  auto waiting = done->get_future();
  io::spawn(runtime.loop(0), "local request", serve(router, exchange, done));
  const std::stop_callback leaving(std::move(stop), [&]() {
    boost::asio::post(runtime.loop(0), [exchange]() { exchange->leave(); });
  });
  waiting.get();
  return exchange->take_response();
}

}  // namespace millwright::api
