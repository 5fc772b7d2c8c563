// tidy [ROOT]: checks what a machine can check of the house's rules. Prints "path:line: rule: what to do instead" and
// ends with status 1 when there is anything to print.
#include <cstdio>

#include "tree.hpp"

int main(int count, char** arguments) {
  const std::filesystem::path root = count > 1 ? arguments[1] : ".";
  const tidy::Tree tree = tidy::load_tree(root);
  if (tree.ranks.empty()) {
    std::fprintf(stderr, "tidy: %s is not the repository: src/CMakeLists.txt names no features\n", root.c_str());
    return 2;
  }
  const tidy::Findings findings = tidy::check_all(tree);
  for (const auto& finding : findings) {
    std::printf("%s:%zu: %s: %s\n", finding.path.c_str(), finding.line, finding.rule.c_str(), finding.cure.c_str());
  }
  std::fprintf(stderr, "tidy: %zu files, %zu findings\n", tree.files.size(), findings.size());
  return findings.empty() ? 0 : 1;
}
