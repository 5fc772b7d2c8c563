// Reads digits and what stands between them as a telephone number might be written, without judging it.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace millwright::extensions {

inline constexpr std::size_t phone_bytes_max = 72;

/// Lengths of groups, in order; room for as many as fifteen digits can make.
class GroupLengths {
 public:
  void push_back(std::size_t length) {
    if (count_ < lengths_.size()) lengths_[count_++] = length;
  }
  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] std::size_t operator[](std::size_t place) const { return lengths_[place]; }
  [[nodiscard]] std::size_t back() const { return lengths_[count_ - 1]; }
  [[nodiscard]] const std::size_t* begin() const { return lengths_.data(); }
  [[nodiscard]] const std::size_t* end() const { return lengths_.data() + count_; }

 private:
  std::array<std::size_t, 20> lengths_{};
  std::size_t count_ = 0;
};

struct PhoneShape {
  std::size_t start = 0, end = 0;  // with "+", "(" and extension
  std::string digits;              // all, without extension
  GroupLengths groups;
  char first_gap = '\0';          // separator between the first two groups after a prefix
  char style = '\0';              // separator between the later groups: ' ', '-', '.', '/'; NUL: none
  bool is_international = false;  // "+"
  bool has_area_in_parentheses = false;
  bool has_extension = false;
  bool continues = false;  // more digits follow that do not fit the style
};

/// The shape whose first digit stands at `first`; `end` is `first` when there is none.
[[nodiscard]] PhoneShape read_phone_shape(std::string_view text, std::size_t first);

}  // namespace millwright::extensions
