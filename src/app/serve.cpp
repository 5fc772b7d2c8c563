#include "app/serve.hpp"

#include <csignal>
#include <cstdio>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "app/notify.hpp"
#include "app/start_memory.hpp"
#include "app/version.hpp"

namespace millwright::app {

namespace {

constexpr int exit_bad_config = 78;

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

void reload(Factory& factory) {
  notify_service_manager("RELOADING=1");
  // What failed has been logged and raised as an alert.
  [[maybe_unused]] const auto revision = factory.reload("signal");
  notify_service_manager("READY=1");
}

}  // namespace

void set_up_logs(std::string_view level) {
  auto logger = std::make_shared<spdlog::logger>("millwright", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  logger->set_level(spdlog::level::from_str(std::string(level)));
  logger->flush_on(spdlog::level::warn);
  spdlog::set_default_logger(std::move(logger));
}

void block_signals() {
  const auto signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

void wait_for_stop(Factory& factory) {
  const auto signals = stop_signals();
  while (true) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0) continue;
    if (signal != SIGHUP) {
      spdlog::info("stopping signal={}", signal);
      break;
    }
    reload(factory);
  }
  notify_service_manager("STOPPING=1");
}

int report_failed_start(const Error& error) {
  std::fprintf(stderr, "millwright: %s\n", describe(error).c_str());
  return error.code == ErrorCode::InvalidConfig ? exit_bad_config : 1;
}

int run_server(FactoryOptions options) {
  block_signals();
  set_up_logs("info");
  auto factory = Factory::open(std::move(options));
  if (!factory) return report_failed_start(factory.error());
  set_up_logs((*factory)->settings.server.log_level);
  auto listening = (*factory)->listen();
  if (!listening) return report_failed_start(listening.error());
  (*factory)->follow();
  give_back_start_memory();   // reading the configuration and compiling the guard took more than serving does
  std::printf("ready %s\n", (*factory)->url().c_str());
  std::fflush(stdout);
  spdlog::info("serving version={} url={} recovered={}", version, (*factory)->url(), (*factory)->accounts->recovered());
  notify_service_manager("READY=1");
  wait_for_stop(**factory);
  return 0;
}

}  // namespace millwright::app
