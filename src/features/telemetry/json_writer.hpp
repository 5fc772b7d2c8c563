// Writes JSON by appending to a string: no tree, no allocation beyond the string's own. Whatever goes in, what comes
// out is valid JSON in valid UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/money.hpp"
#include "base/time.hpp"

namespace millwright::telemetry {

/// A quoted JSON string; malformed UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);
/// The shortest number that reads back as the same double; 0 for what JSON cannot write.
void append_json_number(std::string& out, double value);
void append_json_number(std::string& out, std::int64_t value);
/// `json` as it is when it is one valid JSON value (depth 32 at most), else as a string; "null" for nothing.
void append_json_value(std::string& out, std::string_view json);
[[nodiscard]] bool is_json_value(std::string_view text);

/// Members of one object, with the commas.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_.push_back('{'); }
  void end() { out_.push_back('}'); }
  /// `name` is a plain identifier.
  std::string& key(std::string_view name);
  /// `name` is anything.
  std::string& quoted_key(std::string_view name);
  void text(std::string_view name, std::string_view value) { append_json_string(key(name), value); }
  void text_if_set(std::string_view name, std::string_view value);
  void integer(std::string_view name, std::int64_t value) { append_json_number(key(name), value); }
  void boolean(std::string_view name, bool value) { key(name).append(value ? "true" : "false"); }
  void real(std::string_view name, double value) { append_json_number(key(name), value); }
  void money(std::string_view name, Money value);
  void id(std::string_view name, Id value);
  void time(std::string_view name, Timestamp value);

 private:
  std::string& out_;
  bool is_first_ = true;
};

}  // namespace millwright::telemetry
