#include "cli/output.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/text.hpp"

namespace millwright::cli {

namespace {

void write(std::FILE* file, std::string_view text) { std::fwrite(text.data(), 1, text.size(), file); }

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

/// Nothing that would move the cursor or hide text: what documents and users wrote is shown here.
std::string printable(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    result += byte < 0x20 || byte == 0x7F ? ' ' : c;
  }
  return result;
}

}  // namespace

std::string printable_lines(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 ? byte != 0x7F : c == '\n' || c == '\t') result += c;
  }
  return result;
}

json::value member_at(const json::value& value, std::string_view path) {
  const json::value* at = &value;
  for (const auto part : split(path, '.')) {
    if (!at->is_object()) return nullptr;
    at = find_member(at->get_object(), part);
    if (at == nullptr) return nullptr;
  }
  return *at;
}

std::string render_scalar(const json::value& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return printable(std::string_view(value.get_string()));
  if (value.is_bool()) return value.get_bool() ? "yes" : "no";
  if (value.is_double()) return fmt::format("{:.4g}", value.get_double());
  if (value.is_array()) {
    std::vector<std::string> parts;
    for (const auto& item : value.get_array()) parts.push_back(render_scalar(item));
    return join(parts, ", ");
  }
  return json::serialize(value);
}

std::string render_table(const std::vector<std::string>& titles, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& title : titles) widths.push_back(width_of(title));
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string text;
  const auto add = [&](const std::vector<std::string>& row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) text.append(widths[i] - width_of(row[i]) + 2, ' ');
    }
    text += '\n';
  };
  add(titles);
  for (const auto& row : rows) add(row);
  return text;
}

Output::Output(bool is_json, bool no_color)
    : is_json_(is_json), is_colored_(!no_color && std::getenv("NO_COLOR") == nullptr && isatty(STDOUT_FILENO) == 1) {}

std::string Output::styled(std::string_view code, std::string_view text) const {
  if (!is_colored_) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

void Output::raw(std::string_view text) const { write(stdout, text); }

void Output::document(std::string_view name, std::string_view text) const {
  if (is_json_) {
    json(json::object{{name, text}});
  } else {
    write(stdout, text);
  }
}

void Output::json(const json::value& value) const {
  if (is_json_) write(stdout, json::serialize(value) + "\n");
}

void Output::line(std::string_view text) const {
  if (!is_json_) write(stdout, fmt::format("{}\n", text));
}

void Output::note(std::string_view text) const {
  if (is_json_) return;
  std::fflush(stdout);   // a remark on the result comes after it, wherever both go
  write(stderr, fmt::format("{}\n", text));
}

void Output::fields(const json::value& object, const std::vector<Column>& columns) const {
  if (is_json_) return;
  std::size_t width = 0;
  for (const auto& column : columns) width = std::max(width, column.title.size());
  for (const auto& column : columns) {
    const auto value = member_at(object, column.field);
    const bool is_empty = value.is_null() || (value.is_string() && value.get_string().empty()) ||
                          (value.is_array() && value.get_array().empty());
    if (is_empty) continue;
    line(fmt::format("{:<{}}  {}", column.title, width, render_scalar(value)));
  }
}

void Output::table(const json::value& answer, const std::vector<Column>& columns) const {
  if (is_json_) {
    json(answer);
    return;
  }
  const auto items = answer.is_array() ? answer : member_at(answer, "items");
  if (!items.is_array() || items.get_array().empty()) {
    note("nothing to show");
    return;
  }
  std::vector<std::string> titles;
  for (const auto& column : columns) titles.push_back(column.title);
  std::vector<std::vector<std::string>> rows;
  for (const auto& item : items.get_array()) {
    std::vector<std::string> row;
    for (const auto& column : columns) row.push_back(render_scalar(member_at(item, column.field)));
    rows.push_back(std::move(row));
  }
  raw(render_table(titles, rows));
}

void Output::error(const Error& error) const {
  std::fflush(stdout);
  if (is_json_) {
    json::object body{{"code", meaning(error.code).name}, {"detail", error.message}};
    if (!error.rule.empty()) body["rule"] = error.rule;
    if (!error.fix.empty()) body["fix"] = error.fix;
    if (!error.where.field.empty()) body["field"] = error.where.field;
    write(stderr, json::serialize(body) + "\n");
    return;
  }
  write(stderr, fmt::format("error: {}\n", printable_lines(error.message)));
  if (!error.where.field.empty()) write(stderr, fmt::format("  at:   {}\n", error.where.field));
  if (!error.rule.empty()) write(stderr, fmt::format("  rule: {}\n", error.rule));
  if (!error.fix.empty()) write(stderr, fmt::format("  fix:  {}\n", printable(error.fix)));
}

}  // namespace millwright::cli
