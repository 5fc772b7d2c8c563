#include "features/telemetry/json_writer.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "base/text.hpp"

namespace millwright::telemetry {
namespace {

constexpr int depth_max = 32;

/// A reader that only says whether a text is JSON.
class Checker {
 public:
  explicit Checker(std::string_view text) : text_(text) {}
  bool is_one_value() { return is_value(0) && (skip_space(), at_ == text_.size()); }

 private:
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char wanted) {
    if (peek() != wanted || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }
  bool take_word(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  bool is_value(int depth) {
    if (depth > depth_max) return false;
    skip_space();
    switch (peek()) {
      case '{': return is_list('{', '}', true, depth);
      case '[': return is_list('[', ']', false, depth);
      case '"': return is_string();
      case 't': return take_word("true");
      case 'f': return take_word("false");
      case 'n': return take_word("null");
      default: return is_number();
    }
  }
  bool is_list(char open, char close, bool has_keys, int depth) {
    take(open);
    skip_space();
    if (take(close)) return true;
    do {
      if (has_keys) {
        skip_space();
        if (!is_string()) return false;
        skip_space();
        if (!take(':')) return false;
      }
      if (!is_value(depth + 1)) return false;
      skip_space();
    } while (take(','));
    return take(close);
  }
  bool is_string() {
    if (!take('"')) return false;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20u) return false;
      if (c == '\\' && !is_escape()) return false;
    }
    return false;
  }
  bool is_escape() {
    const char c = peek();
    ++at_;
    if (c != 'u') return c != '\0' && std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char digit = peek();
      const bool is_hex =
          (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f') || (digit >= 'A' && digit <= 'F');
      if (!is_hex) return false;
    }
    return true;
  }
  std::size_t take_digits() {
    const std::size_t start = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    return at_ - start;
  }
  bool is_number() {
    take('-');
    if (take('0')) {
    } else if (take_digits() == 0) {
      return false;
    }
    if (take('.') && take_digits() == 0) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (take_digits() == 0) return false;
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

/// ASCII that stands for itself.
constexpr bool is_plain(char c) { return c >= 0x20 && c != '"' && c != '\\' && c != 0x7f; }

void append_escaped(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20u && c != '"' && c != '\\') continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    switch (c) {
      case '"': out.append("\\\""); break;
      case '\\': out.append("\\\\"); break;
      case '\n': out.append("\\n"); break;
      case '\r': out.append("\\r"); break;
      case '\t': out.append("\\t"); break;
      default:
        out.append("\\u00");
        out.push_back(hex[c >> 4u]);
        out.push_back(hex[c & 15u]);
    }
  }
  out.append(text, plain);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  if (std::ranges::all_of(text, is_plain))
    out.append(text);
  else if (!first_invalid_utf8(text))
    append_escaped(out, text);
  else
    append_escaped(out, to_valid_utf8(text));
  out.push_back('"');
}

void append_json_number(std::string& out, double value) {
  fmt::format_to(std::back_inserter(out), "{}", std::isfinite(value) ? value : 0.0);
}

void append_json_number(std::string& out, std::int64_t value) {
  const fmt::format_int digits(value);
  out.append(digits.data(), digits.size());
}

bool is_json_value(std::string_view text) { return !first_invalid_utf8(text) && Checker(text).is_one_value(); }

void append_json_value(std::string& out, std::string_view json) {
  if (json.empty()) {
    out.append("null");
  } else if (json.find('\n') == std::string_view::npos && is_json_value(json)) {
    out.append(json);
  } else {
    append_json_string(out, json);
  }
}

std::string& ObjectWriter::key(std::string_view name) {
  if (!is_first_) out_.push_back(',');
  is_first_ = false;
  out_.push_back('"');
  out_.append(name);
  out_.append("\":");
  return out_;
}

std::string& ObjectWriter::quoted_key(std::string_view name) {
  if (!is_first_) out_.push_back(',');
  is_first_ = false;
  append_json_string(out_, name);
  out_.push_back(':');
  return out_;
}

void ObjectWriter::text_if_set(std::string_view name, std::string_view value) {
  if (!value.empty()) text(name, value);
}

void ObjectWriter::money(std::string_view name, Money value) {
  std::string& out = key(name);
  out.push_back('"');
  append_decimal(out, value);
  out.push_back('"');
}

void ObjectWriter::id(std::string_view name, Id value) {
  std::string& out = key(name);
  out.push_back('"');
  value.append_to(out);
  out.push_back('"');
}

void ObjectWriter::time(std::string_view name, Timestamp value) {
  std::string& out = key(name);
  out.push_back('"');
  append_time(out, value);
  out.push_back('"');
}

}  // namespace millwright::telemetry
