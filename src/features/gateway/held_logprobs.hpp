// Log probabilities of one streamed choice: they spell the text out token by token, so they leave no sooner than it does.
#pragma once

#include <cstddef>
#include <deque>

#include "base/json.hpp"

namespace millwright::gateway {

class HeldLogprobs {
 public:
  /// Takes the entries of `logprobs.content`.
  void take(json::array entries);
  /// The entries of the first `bytes` of the text that were not given before; an entry that reaches further waits.
  [[nodiscard]] json::array give(std::size_t bytes);
  [[nodiscard]] json::array give_all();
  /// The text was changed: what is held no longer spells it, and nothing more is given.
  void drop();

 private:
  std::deque<json::value> held_;
  std::size_t given_bytes_ = 0;
  bool is_dropped_ = false;
};

}  // namespace millwright::gateway
