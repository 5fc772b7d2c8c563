#include "base/config/line_scanner.hpp"

#include <algorithm>

namespace millwright::config {

namespace {

void trim_end(std::string& text) {
  while (text.ends_with(' ')) text.pop_back();
}

}  // namespace

void LineScanner::scan(std::string_view text, std::string& out) {
  text_ = text;
  at_ = 0;
  comment_.clear();
  is_token_start_ = is_token_start_ || depth_ > 0;
  is_after_space_ = true;
  const std::size_t begin = out.size();
  while (at_ < text_.size()) {
    const char c = text_[at_++];
    if (quote_ != '\0') {
      scan_quoted(c, out);
    } else if (c == '#' && is_after_space_) {
      comment_ = text_.substr(at_ - 1);
      at_ = text_.size();
    } else {
      scan_plain(c, out);
      is_after_space_ = c == ' ' || (c == ',' && depth_ > 0);
    }
  }
  if (quote_ != '\0' && comment_.empty()) return;
  while (out.size() > begin && out.back() == ' ') out.pop_back();
  while (value_.ends_with(' ')) value_.pop_back();
  if (comment_.empty()) return;
  if (out.size() > begin) {
    const auto hash = text_.size() - comment_.size();
    const auto before = text_.substr(0, hash).find_last_not_of(' ');
    out.append(before == std::string_view::npos ? 1 : std::max<std::size_t>(1, hash - before - 1), ' ');
  }
  while (comment_.ends_with(' ')) comment_.pop_back();
  out += comment_;
}

void LineScanner::scan_quoted(char c, std::string& out) {
  out += c;
  value_ += c;
  if (quote_ == '"' && c == '\\' && at_ < text_.size()) {
    out += text_[at_];
    value_ += text_[at_++];
  } else if (c == quote_ && c == '\'' && next() == '\'') {
    out += text_[at_];
    value_ += text_[at_++];
  } else if (c == quote_) {
    quote_ = '\0';
    is_after_space_ = false;
  }
}

bool LineScanner::is_end_of_key(char c) const {
  return c == ':' && (next() == ' ' || next() == '\0') && (depth_ > 0 || !has_key_);
}

void LineScanner::scan_plain(char c, std::string& out) {
  const bool is_flow = depth_ > 0;
  if (c == '\t') c = ' ';
  if ((c == '"' || c == '\'') && is_token_start_) {
    quote_ = c;
  } else if ((c == '{' || c == '[') && (is_token_start_ || is_flow)) {
    ++depth_;
    out += c;
    value_ += c;
    skip_spaces();
    is_token_start_ = true;
    return;
  } else if ((c == '}' || c == ']') && is_flow) {
    --depth_;
    trim_end(out);
  } else if (c == ',' && is_flow) {
    trim_end(out);
    out += c;
    value_ += c;
    skip_spaces();
    if (next() != '\0' && next() != '#') out += ' ';
    is_token_start_ = true;
    return;
  } else if (is_end_of_key(c)) {
    trim_end(out);
    out += ": ";
    skip_spaces();
    if (!is_flow) {
      has_key_ = true;
      value_.clear();
    } else {
      value_ += ": ";
    }
    is_token_start_ = true;
    is_after_space_ = true;
    return;
  }
  out += c;
  value_ += c;
  is_token_start_ = is_token_start_ && c == ' ';
}

}  // namespace millwright::config
