// The bytes of one connection that are read but not yet understood. Grows to what one message part needs, and
// shrinks back when the connection is idle.
#pragma once

#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace millwright::io::http {

class ReadBuffer {
 public:
  static constexpr std::size_t small = 4u << 10;

  [[nodiscard]] std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }
  [[nodiscard]] char* data() { return bytes_.get() + begin_; }
  [[nodiscard]] std::size_t size() const { return end_ - begin_; }
  [[nodiscard]] bool is_empty() const { return begin_ == end_; }

  void consume(std::size_t count) {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  /// Room for at least `room_min` more bytes behind what is held.
  [[nodiscard]] std::span<char> prepare(std::size_t room_min) {
    if (capacity_ - end_ < room_min) make_room(room_min);
    return {bytes_.get() + end_, capacity_ - end_};
  }
  void commit(std::size_t count) { end_ += count; }
  /// Gives a large buffer back when nothing is held.
  void shrink() {
    if (capacity_ <= small || !is_empty()) return;
    bytes_.reset();
    capacity_ = begin_ = end_ = 0;
  }

 private:
  void make_room(std::size_t room_min) {
    const std::size_t held = size();
    if (capacity_ - held >= room_min) {
      std::memmove(bytes_.get(), bytes_.get() + begin_, held);
    } else {
      std::size_t wanted = std::max(capacity_, small);
      while (wanted - held < room_min) wanted *= 2;
      auto grown = std::make_unique_for_overwrite<char[]>(wanted);
      if (held != 0) std::memcpy(grown.get(), bytes_.get() + begin_, held);
      bytes_ = std::move(grown);
      capacity_ = wanted;
    }
    begin_ = 0;
    end_ = held;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace millwright::io::http
