// Turns a feature's sql/*.sql into one header of named statements and migrations, at build time.
//
//   embed_sql OUT.hpp NAMESPACE FILE...
//
// A statement file is a run of sections. `-- name: insert_row` opens a statement, the text runs to the next section;
// `-- postgres: insert_row` gives the text for PostgreSQL where it must differ. A file called NNNN_words.migration.sql is
// one migration; a line `-- postgres:` in it starts the text for PostgreSQL. Comment lines are left out.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct Entry {
  std::string name;
  std::string text;
  std::string postgres_text;
};

struct Input {
  std::vector<Entry> statements;
  std::vector<Entry> migrations;
};

[[noreturn]] void refuse(const std::filesystem::path& file, std::size_t line, const std::string& why) {
  throw std::runtime_error(file.string() + ":" + std::to_string(line) + ": " + why);
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string without_last_semicolon(std::string text) {
  text = trimmed(text);
  while (!text.empty() && text.back() == ';') text = trimmed(text.substr(0, text.size() - 1));
  return text;
}

bool is_identifier(const std::string& name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

/// The rest of the line after `-- word:`, or nothing when the line is another one.
bool is_section(const std::string& line, const std::string& word, std::string& name) {
  const std::string start = "-- " + word + ":";
  if (!line.starts_with(start)) return false;
  name = trimmed(line.substr(start.size()));
  return true;
}

void read_migration(const std::filesystem::path& file, const std::string& feature, Input& input) {
  Entry entry;
  const std::string stem = file.filename().string();
  entry.name = feature + "/" + stem.substr(0, stem.find(".migration.sql"));
  std::ifstream in(file);
  std::string* text = &entry.text;
  std::string line, ignored;
  while (std::getline(in, line)) {
    if (is_section(line, "postgres", ignored)) text = &entry.postgres_text;
    else if (!trimmed(line).starts_with("--")) *text += line + "\n";
  }
  entry.text = trimmed(entry.text);
  entry.postgres_text = trimmed(entry.postgres_text);
  if (entry.text.empty()) refuse(file, 1, "the migration is empty");
  input.migrations.push_back(std::move(entry));
}

void read_statements(const std::filesystem::path& file, Input& input) {
  std::ifstream in(file);
  std::string* text = nullptr;
  std::string line, name;
  auto find = [&input](const std::string& wanted) {
    return std::ranges::find(input.statements, wanted, &Entry::name);
  };
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (is_section(line, "name", name)) {
      if (!is_identifier(name)) refuse(file, number, "\"" + name + "\" is not a snake_case name");
      if (find(name) != input.statements.end()) refuse(file, number, "\"" + name + "\" is named twice");
      input.statements.push_back({.name = name, .text = {}, .postgres_text = {}});
      text = &input.statements.back().text;
    } else if (is_section(line, "postgres", name)) {
      const auto found = find(name);
      if (found == input.statements.end()) refuse(file, number, "no statement \"" + name + "\" stands above");
      if (!found->postgres_text.empty()) refuse(file, number, "\"" + name + "\" has two PostgreSQL texts");
      text = &found->postgres_text;
    } else if (const std::string bare = trimmed(line); !bare.empty() && !bare.starts_with("--")) {
      if (text == nullptr) refuse(file, number, "SQL before the first \"-- name:\" line");
      *text += line + "\n";
    }
  }
  for (Entry& entry : input.statements) {
    entry.text = without_last_semicolon(entry.text);
    entry.postgres_text = without_last_semicolon(entry.postgres_text);
    if (entry.text.empty()) refuse(file, 1, "statement \"" + entry.name + "\" has no text");
  }
}

std::string literal(const std::string& text) {
  if (text.find(")sql\"") != std::string::npos) throw std::runtime_error("a text holds )sql\"");
  return "R\"sql(" + text + ")sql\"";
}

std::string render(const std::string& feature, const Input& input) {
  std::ostringstream out;
  out << "// Made by embed_sql from sql/*.sql at build time.\n#pragma once\n\n#include <array>\n\n"
      << "#include \"store/database.hpp\"\n\nnamespace millwright::" << feature << "::sql {\n\n";
  for (const Entry& entry : input.statements) {
    out << "inline constexpr ::millwright::store::Statement " << entry.name << "{\n    \"" << feature << "." << entry.name
        << "\",\n    " << literal(entry.text) << ",\n    " << literal(entry.postgres_text) << "};\n\n";
  }
  out << "/// Every statement above, for the test that prepares them all.\n"
      << "inline constexpr std::array<::millwright::store::Statement, " << input.statements.size() << "> all{";
  if (!input.statements.empty()) out << "{";
  for (const Entry& entry : input.statements) out << "\n    " << entry.name << ",";
  if (!input.statements.empty()) out << "\n}";
  out << "};\n\n/// The schema, step by step.\n"
      << "inline constexpr std::array<::millwright::store::Migration, " << input.migrations.size() << "> migrations{";
  if (!input.migrations.empty()) out << "{";
  for (const Entry& entry : input.migrations) {
    out << "\n    ::millwright::store::Migration{\"" << entry.name << "\",\n    " << literal(entry.text) << ",\n    "
        << literal(entry.postgres_text) << "},";
  }
  if (!input.migrations.empty()) out << "\n}";
  out << "};\n\n}  // namespace millwright::" << feature << "::sql\n";
  return out.str();
}

int run(int count, char** arguments) {
  if (count < 4) {
    std::cerr << "usage: embed_sql OUT.hpp NAMESPACE FILE...\n";
    return 2;
  }
  const std::filesystem::path target = arguments[1];
  const std::string feature = arguments[2];
  std::vector<std::filesystem::path> files(arguments + 3, arguments + count);
  std::ranges::sort(files);
  Input input;
  for (const auto& file : files) {
    if (file.filename().string().ends_with(".migration.sql")) read_migration(file, feature, input);
    else read_statements(file, input);
  }
  std::filesystem::create_directories(target.parent_path());
  std::ofstream out(target, std::ios::binary | std::ios::trunc);
  out << render(feature, input);
  out.close();
  if (!out) throw std::runtime_error("cannot write " + target.string());
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    return run(count, arguments);
  } catch (const std::exception& error) {
    std::cerr << "embed_sql: " << error.what() << "\n";
    return 1;
  }
}
