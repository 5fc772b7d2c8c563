#include "cli/full_paths.hpp"

#include <regex>

namespace millwright::cli {

std::string with_full_paths(const std::string& yaml, const std::filesystem::path& directory) {
  const std::regex reference(R"(\b(path|version_of|file): ([A-Za-z0-9_.][^\s,}]*))");
  std::string result;
  auto rest = yaml.cbegin();
  for (auto at = std::sregex_iterator(yaml.begin(), yaml.end(), reference); at != std::sregex_iterator(); ++at) {
    const auto path = (directory / (*at)[2].str()).lexically_normal();
    if (!std::filesystem::exists(path)) continue;
    result.append(rest, (*at)[2].first);
    result += path.string();
    rest = (*at)[2].second;
  }
  result.append(rest, yaml.cend());
  return result;
}

}  // namespace millwright::cli
