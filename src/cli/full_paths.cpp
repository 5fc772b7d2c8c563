#include "cli/full_paths.hpp"

#include <re2/re2.h>

namespace millwright::cli {

std::string with_full_paths(const std::string& yaml, const std::filesystem::path& directory) {
  const RE2 reference(R"((\b(?:path|version_of|file): )([A-Za-z0-9_.][^\s,}]*))");
  std::string result;
  re2::StringPiece rest(yaml);
  re2::StringPiece key, value;
  while (RE2::PartialMatch(rest, reference, &key, &value)) {
    const auto path = (directory / std::string(value.data(), value.size())).lexically_normal();
    result.append(rest.data(), value.data());
    result += std::filesystem::exists(path) ? path.string() : std::string(value.data(), value.size());
    const char* const end = value.data() + value.size();
    rest = re2::StringPiece(end, static_cast<std::size_t>(yaml.data() + yaml.size() - end));
  }
  result.append(rest.data(), rest.size());
  return result;
}

}  // namespace millwright::cli
