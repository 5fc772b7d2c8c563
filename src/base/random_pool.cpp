#include "base/random_pool.hpp"

#include <algorithm>
#include <cerrno>

#include <pthread.h>
#include <sys/random.h>

#include "base/error.hpp"

namespace millwright {
namespace {

void fill_from_system(std::span<std::uint8_t> into) {
  while (!into.empty()) {
    const auto got = ::getrandom(into.data(), into.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    ensure(got > 0, "the system gives random bytes");
    into = into.subspan(static_cast<std::size_t>(got));
  }
}

void forget_in_child() { this_thread_random().forget(); }

}  // namespace

RandomPool::RandomPool() {
  // Once a process: only the forking thread lives on in the child, and the handler runs on it.
  static const int registered = ::pthread_atfork(nullptr, nullptr, forget_in_child);
  ensure(registered == 0, "a fork handler can be registered");
}

void RandomPool::take(std::span<std::uint8_t> into) {
  ensure(into.size() <= buffer_.size(), "a request for random bytes fits the pool");
  if (buffer_.size() - at_ < into.size()) {
    fill_from_system(buffer_);
    at_ = 0;
  }
  const auto from = buffer_.begin() + static_cast<std::ptrdiff_t>(at_);
  std::copy_n(from, into.size(), into.begin());
  std::fill_n(from, into.size(), std::uint8_t{0});
  at_ += into.size();
}

RandomPool& this_thread_random() {
  thread_local RandomPool pool;
  return pool;
}

}  // namespace millwright
