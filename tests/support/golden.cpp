#include "tests/support/golden.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/support/repository.hpp"

namespace millwright::test {
namespace {

void render_into(std::string& out, const json::value& value, std::size_t indent) {
  const std::string margin(indent + 2, ' ');
  if (value.is_object() && !value.get_object().empty()) {
    out += "{\n";
    for (const auto& member : value.get_object()) {
      out += margin + json::serialize(json::string(member.key())) + ": ";
      render_into(out, member.value(), indent + 2);
      out += ",\n";
    }
    out.replace(out.size() - 2, 2, "\n" + std::string(indent, ' ') + "}");
  } else if (value.is_array() && !value.get_array().empty()) {
    out += "[\n";
    for (const auto& item : value.get_array()) {
      out += margin;
      render_into(out, item, indent + 2);
      out += ",\n";
    }
    out.replace(out.size() - 2, 2, "\n" + std::string(indent, ' ') + "]");
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

std::vector<std::filesystem::path> golden_cases(std::string_view folder, std::string_view ending) {
  std::vector<std::filesystem::path> cases;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(repository() / "tests/golden" / folder, failed)) {
    if (entry.path().filename().string().ends_with(ending)) cases.push_back(entry.path());
  }
  EXPECT_FALSE(cases.empty()) << "no cases below tests/golden/" << folder;
  std::ranges::sort(cases);
  return cases;
}

std::string read_golden_case(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  EXPECT_TRUE(in.is_open()) << file;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string render_indented(const json::value& value) {
  std::string out;
  render_into(out, value, 0);
  return out + "\n";
}

void expect_golden(const std::filesystem::path& file, std::string_view dialect, std::string_view actual) {
  auto golden = file;
  golden.replace_extension(std::string(dialect) + ".golden");
  if (const char* rewrite = std::getenv("MILLWRIGHT_REWRITE_GOLDEN"); rewrite != nullptr && *rewrite == '1') {
    std::ofstream(golden, std::ios::binary | std::ios::trunc) << actual;
    return;
  }
  EXPECT_EQ(read_golden_case(golden), actual) << file.filename() << ": set MILLWRIGHT_REWRITE_GOLDEN=1 to accept it";
}

}  // namespace millwright::test
