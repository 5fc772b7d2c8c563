#include "features/gateway/held_logprobs.hpp"

#include <limits>

namespace millwright::gateway {
namespace {

/// Bytes of text that a token stands for; `bytes` is exact where a token is part of a character.
std::size_t bytes_of(const json::value& entry) {
  if (!entry.is_object()) return 0;
  const auto* bytes = find_member(entry.get_object(), "bytes");
  if (bytes != nullptr && bytes->is_array()) return bytes->get_array().size();
  return string_member(entry.get_object(), "token").size();
}

}  // namespace

void HeldLogprobs::take(json::array entries) {
  if (is_dropped_) return;
  for (auto& entry : entries) held_.push_back(std::move(entry));
}

json::array HeldLogprobs::give(std::size_t bytes) {
  json::array given;
  while (!held_.empty()) {
    const auto size = bytes_of(held_.front());
    if (size > bytes || given_bytes_ > bytes - size) break;
    given_bytes_ += size;
    given.push_back(std::move(held_.front()));
    held_.pop_front();
  }
  return given;
}

json::array HeldLogprobs::give_all() { return give(std::numeric_limits<std::size_t>::max()); }

void HeldLogprobs::drop() {
  is_dropped_ = true;
  held_.clear();
}

}  // namespace millwright::gateway
