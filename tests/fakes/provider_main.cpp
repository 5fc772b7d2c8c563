// fake_provider [--port N] [--bill FILE] [--fixed BYTES] [--threads N]: the scripted provider as a program. Prints
// "ready http://127.0.0.1:PORT" and serves until its standard input ends or it is told to stop.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

#include "io/loop/runtime.hpp"
#include "tests/fakes/provider.hpp"

int main(int count, char** arguments) {
  using namespace millwright;
  test::ProviderOptions options;
  io::http::ServerOptions server_options;
  io::RuntimeOptions runtime_options{1, 1};
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view name = arguments[i];
    const char* value = arguments[i + 1];
    if (name == "--port") server_options.port = static_cast<std::uint16_t>(std::atoi(value));
    else if (name == "--bill") options.bill_file = value;
    else if (name == "--fixed") options.fixed_answer_bytes = static_cast<std::size_t>(std::atoll(value));
    else if (name == "--threads") runtime_options.loops = static_cast<unsigned>(std::atoi(value));
  }
  server_options.connections_max = 20'000;
  std::signal(SIGPIPE, SIG_IGN);
  io::Runtime runtime(runtime_options);
  test::ScriptedProvider provider(options);
  io::http::Server server(runtime, server_options,
                          [&provider](io::http::Exchange& exchange) { return provider.handle(exchange); });
  runtime.start();
  auto started = server.start();
  if (!started) {
    fmt::print(stderr, "{}\n", describe(started.error()));
    return 1;
  }
  fmt::print("ready http://127.0.0.1:{}\n", server.port());
  std::fflush(stdout);
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  server.stop(Duration(100));
  runtime.stop();
  return 0;
}
