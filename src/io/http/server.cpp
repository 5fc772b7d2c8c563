#include "io/http/server.hpp"

#include <unistd.h>

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include "io/http/listener.hpp"
#include "io/http/server_loop.hpp"
#include "io/loop/runtime.hpp"

namespace millwright::io::http {
namespace {

// A handler that does not notice its client is gone holds up the end of the process no longer than this.
constexpr auto patience = std::chrono::seconds(10);

}  // namespace

struct Server::State {
  explicit State(Runtime& runtime) : runtime(runtime) {}

  Runtime& runtime;
  std::shared_ptr<ServerCore> core = std::make_shared<ServerCore>();
  std::vector<std::shared_ptr<ServerLoop>> loops;
  std::uint16_t port = 0;
  std::string control_path;

  bool wait_until_quiet(std::chrono::milliseconds time) {
    std::unique_lock lock(core->mutex);
    return core->became_quiet.wait_for(lock, time, [this] { return core->live == 0; });
  }
  /// Runs `act` on every loop; false when the loops turn no more.
  bool on_every_loop(void (ServerLoop::*act)()) {
    for (const auto& loop : loops) {
      if (loop->executor().context().stopped()) return false;
      boost::asio::post(loop->executor(), [loop, act] { ((*loop).*act)(); });
    }
    return true;
  }
};

Server::Server(Runtime& runtime, ServerOptions options, Handler handler)
    : state_(std::make_shared<State>(runtime)) {
  ServerCore& core = *state_->core;
  core.options = std::move(options);
  core.handler = std::move(handler);
  core.limits.header_bytes_max = core.options.header_bytes_max;
  core.limits.body_bytes_max = core.options.body_bytes_max;
  for (unsigned i = 0; i < runtime.loop_count(); ++i) {
    state_->loops.push_back(std::make_shared<ServerLoop>(state_->core, runtime.loop(i), runtime.ticker(i)));
  }
}

Server::~Server() { stop(std::chrono::milliseconds(0)); }

Result<void> Server::start() {
  if (auto ready = reload_tls(); !ready) return pass(ready);
  const ServerOptions& options = state_->core->options;
  auto listeners = listen_on_tcp(options.host, options.port, state_->runtime.loop_count());
  if (!listeners) return pass(listeners);
  state_->port = listeners->port;
  for (std::size_t i = 0; i < state_->loops.size(); ++i) {
    ServerLoop::listen(state_->loops[i], listeners->descriptors[i], Entrance::Tcp);
  }
  return {};
}

Result<void> Server::start_control_socket(const std::string& path) {
  auto descriptor = listen_on_unix(path);
  if (!descriptor) return pass(descriptor);
  state_->control_path = path;
  ServerLoop::listen(state_->loops.front(), *descriptor, Entrance::ControlSocket);
  return {};
}

Result<void> Server::reload_tls() {
  const auto& files = state_->core->options.tls;
  if (!files) return {};
  auto context = make_server_tls(files->certificate_file, files->key_file);
  if (!context) return pass(context);
  state_->core->tls = std::shared_ptr<SSL_CTX>(std::move(*context));
  return {};
}

std::uint16_t Server::port() const { return state_->port; }

std::size_t Server::open_connections() const { return state_->core->open; }

void Server::stop(std::chrono::milliseconds grace) {
  ensure(!Runtime::current_loop(), "a loop cannot wait for the connections it serves");
  if (state_->core->is_stopping.exchange(true)) return;
  if (!state_->control_path.empty()) ::unlink(state_->control_path.c_str());
  if (wait_is_over(state_->on_every_loop(&ServerLoop::drain), grace)) return;
  if (wait_is_over(state_->on_every_loop(&ServerLoop::close_all), patience)) return;
  spdlog::error("{} connections did not end when the server stopped", open_connections());
}

bool Server::wait_is_over(bool is_running, std::chrono::milliseconds time) {
  return !is_running || state_->wait_until_quiet(time);
}

}  // namespace millwright::io::http
