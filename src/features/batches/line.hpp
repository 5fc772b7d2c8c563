// One line of a batch's input, and what a whole input must keep to be run at all.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/json.hpp"
#include "features/batches/batches.hpp"

namespace millwright::batches {

inline constexpr std::int64_t lines_max = 50'000;
inline constexpr std::size_t input_bytes_max = 200u << 20;
inline constexpr std::size_t line_bytes_max = 16u << 20;
inline constexpr std::size_t faults_max = 100;     // more are counted, not listed

/// {"custom_id", "method", "url", "body"}.
struct Line {
  std::int64_t number = 0;      // from 1
  std::string custom_id;
  json::object body;
};
/// The fault names the member; its line is `number`.
[[nodiscard]] std::expected<Line, LineFault> parse_line(std::string_view text, std::int64_t number,
                                                        std::string_view endpoint);

/// Reads a whole input line by line. Of custom ids only digests are held.
class InputCheck {
 public:
  explicit InputCheck(std::string endpoint) : endpoint_(std::move(endpoint)) {}
  /// False when nothing further need be read.
  bool add(std::string_view text, std::int64_t number);
  void add_fault(LineFault fault);
  /// After the last line.
  void finish();

  [[nodiscard]] std::int64_t lines() const { return lines_; }
  [[nodiscard]] const std::vector<LineFault>& faults() const { return faults_; }
  /// Models that the lines ask for, in order of first appearance, the first 16.
  [[nodiscard]] const std::vector<std::string>& models() const { return models_; }

 private:
  std::string endpoint_;
  std::int64_t lines_ = 0;
  std::set<Digest> ids_;
  std::vector<LineFault> faults_;
  std::vector<std::string> models_;
};

/// One result line, without its line end: {"id", "custom_id", "response", "error"}. `body` is JSON text.
[[nodiscard]] std::string render_answer(std::string_view trace, std::string_view custom_id, std::uint16_t status,
                                        std::string_view body);
/// The same for a line that was never answered; `error` is {"code", "message", …}.
[[nodiscard]] std::string render_failure(std::string_view trace, std::string_view custom_id, json::object error);

}  // namespace millwright::batches
