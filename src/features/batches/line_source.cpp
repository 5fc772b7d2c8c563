#include "features/batches/line_source.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "features/batches/line.hpp"

namespace millwright::batches {

Result<std::optional<std::pair<std::int64_t, std::string>>> LineSource::next() {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  std::size_t searched = read_;
  for (;;) {
    const auto end = held_.find('\n', searched);
    if (end == std::string::npos && !is_at_end_) {
      held_.erase(0, read_);
      read_ = 0;
      searched = held_.size();
      if (held_.size() > line_bytes_max) {
        auto error = fail(ErrorCode::TooLarge, "a line is longer than {}", render_size(line_bytes_max));
        error.error().where.line = static_cast<std::uint32_t>(number_ + 1);
        return error;
      }
      auto piece = reader_.next();
      if (!piece) return pass(piece);
      if (*piece) held_ += **piece;
      else is_at_end_ = true;
      continue;
    }
    if (end == std::string::npos && read_ == held_.size()) return std::nullopt;
    const auto stop = std::min(end, held_.size());
    auto text = std::string_view(held_).substr(read_, stop - read_);
    read_ = end == std::string::npos ? held_.size() : end + 1;
    searched = read_;
    ++number_;
    if (number_ == 1 && text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    return std::pair(number_, std::string(text));
  }
}

}  // namespace millwright::batches
