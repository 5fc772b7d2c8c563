// What commands print: results on standard output, messages on standard error; colour and progress only on a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"

namespace millwright::cli {

struct Column {
  std::string field;     // dotted path into each item: "budget.percent"
  std::string title;
};

class Output {
 public:
  /// Colours on a terminal unless NO_COLOR is set or `no_color`.
  Output(bool is_json, bool no_color);

  [[nodiscard]] bool is_json() const { return is_json_; }
  /// With --json the value as it is, else nothing.
  void json(const json::value& value) const;
  /// With --json the whole answer, else a table of its items.
  void table(const json::value& answer, const std::vector<Column>& columns) const;
  /// A line of the result; nothing with --json.
  void line(std::string_view text) const;
  /// Name and value pairs, one a line, of the fields that are there; nothing with --json.
  void fields(const json::value& object, const std::vector<Column>& columns) const;
  /// A remark on standard error; nothing with --json.
  void note(std::string_view text) const;
  /// "error: …", with rule and fix; as JSON with --json.
  void error(const Error& error) const;
  /// A text of several lines as the result; with --json {"NAME": text}.
  void document(std::string_view name, std::string_view text) const;
  /// The result as bytes, whatever the format.
  void raw(std::string_view text) const;

  [[nodiscard]] std::string bold(std::string_view text) const { return styled("1", text); }
  [[nodiscard]] std::string dim(std::string_view text) const { return styled("2", text); }
  [[nodiscard]] std::string red(std::string_view text) const { return styled("31", text); }
  [[nodiscard]] std::string green(std::string_view text) const { return styled("32", text); }
  [[nodiscard]] std::string yellow(std::string_view text) const { return styled("33", text); }

 private:
  [[nodiscard]] std::string styled(std::string_view code, std::string_view text) const;

  bool is_json_;
  bool is_colored_;
};

/// Text of documents and users without what would move the cursor or hide text; line feeds and tabs stay.
[[nodiscard]] std::string printable_lines(std::string_view text);
/// A scalar for people: text as it is, lists joined, null as "-".
[[nodiscard]] std::string render_scalar(const json::value& value);
/// Member by dotted path; null when absent.
[[nodiscard]] json::value member_at(const json::value& value, std::string_view path);
/// Columns in the width their widest cell takes; counts code points.
[[nodiscard]] std::string render_table(const std::vector<std::string>& titles,
                                       const std::vector<std::vector<std::string>>& rows);

}  // namespace millwright::cli
