// Makes a small tree that breaks every rule once, and a good one: tidy must name each fault in its place and nothing
// else.
#include <cstdlib>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "tree.hpp"

namespace tidy {
namespace {

namespace fs = std::filesystem;

class TidyTest : public testing::Test {
 protected:
  TidyTest() {
    std::string name = (fs::temp_directory_path() / "millwright-tidy-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    root_ = name;
    write("src/CMakeLists.txt",
          "millwright_room(millwright_low DIR ${root}/features/low LINKS x)\n"
          "millwright_room(millwright_high DIR ${root}/features/high LINKS low)\n");
    write("src/base/text.hpp", "#pragma once\n");
    write("src/base/text.cpp", "#include \"base/text.hpp\"\n");
    for (const std::string feature : {"low", "high"}) {
      const std::string folder = "src/features/" + feature + "/";
      write(folder + "README.md", "# " + feature + "\n");
      write(folder + feature + ".hpp", "#pragma once\n#include \"base/text.hpp\"\n");
      write(folder + feature + ".cpp", "#include \"features/" + feature + "/" + feature + ".hpp\"\n");
    }
  }
  ~TidyTest() override {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }
  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  [[nodiscard]] std::set<std::string> findings() const {
    std::set<std::string> lines;
    for (const auto& finding : check_all(load_tree(root_))) {
      EXPECT_FALSE(finding.cure.empty());
      lines.insert(finding.path + ":" + std::to_string(finding.line) + ": " + finding.rule);
    }
    return lines;
  }

  fs::path root_;
};

TEST_F(TidyTest, GoodTreePasses) {
  write("src/features/high/more.cpp",
        "#include \"features/high/high.hpp\"\n#include \"features/low/low.hpp\"\n"
        "// asio::detached, std::regex and system( in a comment are harmless\n"
        "const char* a = \"system(x) printf(y)\"; const int n = 1'000; void operand(int); void f() { operand(1); io::sleep_for(2); }\n");
  EXPECT_EQ(findings(), std::set<std::string>());
}

TEST_F(TidyTest, DirectionOfLayersAndRanks) {
  write("src/base/bad.cpp", "#include \"base/text.hpp\"\n#include \"io/loop/task.hpp\"\n");
  write("src/features/low/up.cpp", "#include \"features/low/low.hpp\"\n#include \"features/high/high.hpp\"\n");
  write("src/features/low/inner.hpp", "#pragma once\n");
  write("src/features/high/inside.cpp",
        "#include \"features/high/high.hpp\"\n#include \"features/low/inner.hpp\"\n#include <boost/beast/core.hpp>\n#include \"../low/low.hpp\"\n");
  write("src/api/x.cpp", "#include \"api/x.hpp\"\n#include \"extensions/y.hpp\"\n");
  EXPECT_EQ(findings(), (std::set<std::string>{
                            "src/base/bad.cpp:2: layer", "src/features/low/up.cpp:2: feature-rank",
                            "src/features/high/inside.cpp:2: feature-face", "src/features/high/inside.cpp:3: beast",
                            "src/features/high/inside.cpp:4: include-path", "src/api/x.cpp:2: layer"}));
}

TEST_F(TidyTest, BannedCalls) {
  write("src/features/low/low.cpp",
        "#include \"features/low/low.hpp\"\n"
        "void f() {\n"
        "  co_spawn(x, y, boost::asio::detached);\n"
        "  thread.detach();\n"
        "  std::this_thread::sleep_for(1s);\n"
        "  int a = rand();\n"
        "  strcpy(a, b);\n"
        "  std::system(c);\n"
        "  ::popen(d, e);\n"
        "  std::regex r;\n"
        "  try { g(); } catch (...) {}\n"
        "  std::printf(h);\n"
        "  std::cout << i;\n"
        "  query(\"SELECT 1\");\n"
        "}\n");
  EXPECT_EQ(findings(), (std::set<std::string>{
                            "src/features/low/low.cpp:3: detached", "src/features/low/low.cpp:4: thread-detach",
                            "src/features/low/low.cpp:5: sleep", "src/features/low/low.cpp:6: rand",
                            "src/features/low/low.cpp:7: c-string", "src/features/low/low.cpp:8: shell",
                            "src/features/low/low.cpp:9: shell", "src/features/low/low.cpp:10: std-regex",
                            "src/features/low/low.cpp:11: swallowed", "src/features/low/low.cpp:12: stdout",
                            "src/features/low/low.cpp:13: stdout", "src/features/low/low.cpp:14: sql-text"}));
}

TEST_F(TidyTest, ShapeAndDeadFiles) {
  std::string many;
  for (int i = 0; i < 401; ++i) many += "// line\n";
  write("src/base/long.cpp", "#include \"base/text.hpp\"\n" + many);
  fs::remove(root_ / "src/features/low/README.md");
  std::string readme;
  for (int i = 0; i < 41; ++i) readme += "line\n";
  write("src/features/high/README.md", readme);
  write("src/base/nobody.hpp", "#pragma once\n// TODO: later\n");
  write("src/base/orphan.cpp", "#include <string>\n");
  write("src/features/low/sql/low.sql", "-- name: used\nSELECT 1\n-- name: unused\nSELECT 2\n");
  write("src/features/low/low.cpp", "#include \"features/low/low.hpp\"\nvoid f() { run(sql::used); }\n");
  const std::string folder = "work/main";
  write("docs/guide.md", "Look into /" + folder + "/build.\nSee https://example.com/" + folder + ".\n");
  EXPECT_EQ(findings(), (std::set<std::string>{
                            "src/base/long.cpp:401: file-length", "src/features/low/README.md:1: readme",
                            "src/features/high/README.md:41: readme", "src/base/nobody.hpp:1: dead-header",
                            "src/base/nobody.hpp:2: marker", "src/base/orphan.cpp:1: dead-source",
                            "src/features/low/sql/low.sql:3: dead-statement", "docs/guide.md:1: machine-path"}));
}

}  // namespace
}  // namespace tidy
