// Copies one line of YAML with its spaces in order, and says what it leaves open: a bracket, a quote, a block.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace millwright::config {

class LineScanner {
 public:
  /// Copies `text`, the rest of a line without its indent, to `out`. Call again for each line while is_open().
  void scan(std::string_view text, std::string& out);

  [[nodiscard]] bool is_open() const { return depth_ > 0 || quote_ != '\0'; }
  [[nodiscard]] bool is_in_quotes() const { return quote_ != '\0'; }
  [[nodiscard]] bool has_key() const { return has_key_; }
  /// The value after the key, or the whole text without one; without its comment.
  [[nodiscard]] const std::string& value() const { return value_; }
  [[nodiscard]] const std::string& comment() const { return comment_; }   // of the last line; from its '#'

 private:
  void scan_quoted(char c, std::string& out);
  void scan_plain(char c, std::string& out);
  void skip_spaces() { at_ = std::min(text_.find_first_not_of(' ', at_), text_.size()); }
  [[nodiscard]] char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  [[nodiscard]] bool is_end_of_key(char c) const;

  std::string_view text_;
  std::size_t at_ = 0;
  std::string value_, comment_;
  int depth_ = 0;
  char quote_ = '\0';
  bool has_key_ = false;
  bool is_token_start_ = true;
  bool is_after_space_ = true;
};

}  // namespace millwright::config
