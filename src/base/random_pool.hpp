// A buffered source of random bytes for ids: one kernel call fills many ids, so that making one costs nanoseconds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace millwright {

/// Owned by one thread. Bytes come from the system's cryptographic generator and are handed out once.
class RandomPool {
 public:
  RandomPool();
  void take(std::span<std::uint8_t> into);
  /// Forgets what is buffered: a forked child must not repeat its parent's bytes.
  void forget() { at_ = buffer_.size(); }

 private:
  std::array<std::uint8_t, 4096> buffer_{};
  std::size_t at_ = 4096;
};

/// The calling thread's pool. The one mutable object of the house with static life: it carries no meaning, only
/// unused randomness, and nobody else can reach it.
[[nodiscard]] RandomPool& this_thread_random();

}  // namespace millwright
