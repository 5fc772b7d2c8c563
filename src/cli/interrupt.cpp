#include "cli/interrupt.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cstdint>

#include "base/error.hpp"

namespace millwright::cli {

namespace {

constexpr int exit_cancelled = 2;

void wait_for_signals(int signals, int end, std::stop_source source) {
  while (true) {
    std::array<pollfd, 2> waiting{pollfd{signals, POLLIN, 0}, pollfd{end, POLLIN, 0}};
    if (poll(waiting.data(), waiting.size(), -1) < 0) continue;
    if (waiting[1].revents != 0) return;
    signalfd_siginfo info{};
    if (read(signals, &info, sizeof info) != sizeof info) continue;
    if (!source.request_stop()) _exit(exit_cancelled);
  }
}

}  // namespace

Interrupt::Interrupt() {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGINT);
  sigaddset(&wanted, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &wanted, &before_);
  signals_ = signalfd(-1, &wanted, SFD_CLOEXEC);
  end_ = eventfd(0, EFD_CLOEXEC);
  ensure(signals_ >= 0 && end_ >= 0, "the system gives descriptors for signals");
  thread_ = std::thread(wait_for_signals, signals_, end_, source_);
}

Interrupt::~Interrupt() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(end_, &one, sizeof one);
  thread_.join();
  close(signals_);
  close(end_);
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace millwright::cli
