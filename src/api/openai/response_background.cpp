#include "api/openai/response_background.hpp"

#include <utility>

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include "api/openai/response_log.hpp"
#include "api/openai/surface.hpp"
#include "io/http/event_writer.hpp"
#include "io/loop/signal.hpp"
#include "io/sse/sse.hpp"

namespace millwright::api::openai {
namespace {

constexpr std::chrono::milliseconds heartbeat_interval{10'000};

/// A response that is put together from the chunks of its call, each step of which goes to its log.
class LoggedResponse final : public gateway::ChunkSink {
 public:
  /// Without a log it is only put together.
  LoggedResponse(ResponseFrame frame, std::shared_ptr<ResponseLog> log)
      : log_(std::move(log)), builder_(std::move(frame), teller(log_)) {}
  LoggedResponse(const LoggedResponse&) = delete;
  LoggedResponse& operator=(const LoggedResponse&) = delete;
  ~LoggedResponse() override {
    if (log_) log_->close();  // nobody waits for what can no longer come
  }

  [[nodiscard]] io::Task<Result<void>> begin(const telemetry::Trace&) override {
    builder_.begin();
    has_begun_ = true;
    co_return Result<void>();
  }
  [[nodiscard]] io::Task<Result<void>> chunk(std::string_view json_text) override {
    auto parsed = parse_json_object(json_text, {64u << 20, 128}, JsonMemory::Pooled);
    if (!parsed) co_return pass(parsed);
    builder_.feed(*parsed);
    co_return Result<void>();
  }
  /// Also of a call that ended before its first chunk.
  ResponseBuilder& ended() {
    if (!std::exchange(has_begun_, true)) builder_.begin();
    return builder_;
  }
  [[nodiscard]] ResponseBuilder& builder() { return builder_; }

 private:
  static ResponseBuilder::OnEvent teller(const std::shared_ptr<ResponseLog>& log) {
    if (!log) return {};
    return [&log = *log](std::string_view type, const json::object& event) {
      std::string bytes;
      io::sse::append_event(bytes, type, json::serialize(event));
      log.append(std::move(bytes));
    };
  }

  std::shared_ptr<ResponseLog> log_;
  ResponseBuilder builder_;
  bool has_begun_ = false;
};

struct Run {
  Run(ResponseCall given, std::shared_ptr<ResponseLog> log)
      : call(std::move(given)), response(call.frame, std::move(log)) {}
  ResponseCall call;
  LoggedResponse response;
};

/// The end of a background call becomes the end of its kept response, and then of its log.
io::Task<void> finish(Parts parts, std::shared_ptr<Run> run, gateway::ChatOutcome outcome) {
  const auto& call = run->call;
  auto& builder = run->response.ended();
  if (outcome.error && outcome.error->code == ErrorCode::Cancelled) {
    // Who cancelled it has already marked it so; otherwise the server is stopping.
    builder.end_failed(
        {{"code", "server_error"}, {"message", "The server stopped before this response was complete."}});
  } else if (outcome.error || !call.request.is_streamed) {
    build_whole(builder, outcome, parts.clock->now());
  } else {
    builder.end(seconds_of(parts.clock->now()));
  }
  auto finished = co_await parts.responses->finish(record_of(call, builder.response()), call.scope);
  if (!finished) {
    spdlog::error("the response {} could not be stored: {}", call.frame.id, describe(finished.error()));
    builder.end_failed({{"code", "server_error"}, {"message", finished.error().message}});
    finished = co_await parts.responses->finish(record_of(call, builder.response()), call.scope);
  }
  if (finished && !*finished) builder.mark_cancelled();
  builder.say_end();
  parts.logs->end(call.frame.id, parts.clock->now());
}

io::Task<void> begin(Parts parts, std::shared_ptr<Run> run, gateway::ChatCall chat) {
  const auto& id = run->call.frame.id;
  auto started = co_await parts.responses->start(id, run->call.scope);
  if (!started || !*started) {  // cancelled or removed before it could begin
    parts.background->release(id);
    auto& builder = run->response.builder();
    builder.mark_cancelled();
    builder.say_end();
    parts.logs->end(id, parts.clock->now());
    co_return;
  }
  if (run->call.request.is_streamed) chat.sink = &run->response;
  parts.background->start(id, std::move(chat), [parts, run](gateway::ChatOutcome outcome) {
    return finish(parts, run, std::move(outcome));
  });
}

/// What a follower waits for. On its loop alone, but for `loop`.
struct Follower {
  explicit Follower(io::Executor executor) : loop(executor), news(executor) {}
  io::Executor loop;
  io::Signal news;
  bool is_gone = false;
};

}  // namespace

io::Task<void> answer_background(Parts parts, io::http::Exchange& exchange, ResponseCall given) {
  auto chat = std::move(given.chat);
  chat.surface = "responses.background";
  const std::string id = given.frame.id;
  auto reserved = parts.background->reserve(id);
  if (!reserved) {
    co_await send_result(exchange, pass(reserved));
    co_return;
  }
  const auto queued = empty_response(given.frame, "queued");
  auto stored = co_await parts.responses->insert(record_of(given, queued), given.scope);
  if (!stored) {
    parts.background->release(id);
    co_await send_result(exchange, pass(stored));
    co_return;
  }
  const bool is_streamed = given.request.is_streamed;
  const auto log = is_streamed ? parts.logs->open(id) : nullptr;
  const auto run = std::make_shared<Run>(std::move(given), log);
  run->response.builder().begin_queued();
  auto loop = co_await io::this_executor();
  io::spawn(loop, "background response", begin(parts, run, std::move(chat)));
  if (is_streamed)
    co_await follow_log(exchange, log, 0);
  else
    co_await send_result(exchange, response_answer(queued, Id::generate().text()));
}

io::Task<void> follow_log(io::http::Exchange& exchange, std::shared_ptr<ResponseLog> log, std::size_t from) {
  const auto executor = co_await io::this_executor();
  const auto follower = std::make_shared<Follower>(executor);
  const auto watcher = log->watch([follower] {
    boost::asio::post(follower->loop, [follower] { follower->news.notify(); });
  });
  exchange.on_client_gone([follower] {
    follower->is_gone = true;
    follower->news.notify();
  });
  io::http::EventWriter writer(exchange, ": keep-alive\n\n", heartbeat_interval);
  io::http::Response head;
  head.headers.set("x-request-id", Id::generate().text());
  auto written = co_await writer.start(std::move(head));
  while (written && !follower->is_gone) {
    const auto piece = log->read(from);
    from = piece.next;
    if (!piece.events.empty()) written = co_await writer.write(piece.events);
    if (piece.is_closed) break;
    if (piece.events.empty()) co_await follower->news.wait();
  }
  log->unwatch(watcher);
  if (written && !follower->is_gone)
    written = co_await writer.finish();
  else
    co_await writer.stop();
  exchange.on_client_gone({});
}

}  // namespace millwright::api::openai
