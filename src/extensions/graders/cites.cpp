// cites: the answer cites a document whose path or URI matches one of these globs. A pattern without "/" or "*" is the
// name of a file.
#include <algorithm>

#include "base/text.hpp"
#include "extensions/graders/all.hpp"
#include "extensions/graders/text_match.hpp"

namespace millwright::extensions {
namespace {

/// "file:///srv/docs/vpn.md#setup" → "/srv/docs/vpn.md"
std::string_view path_of(std::string_view uri) {
  if (const std::size_t scheme = uri.find("://"); scheme != std::string_view::npos) uri.remove_prefix(scheme + 3);
  return uri.substr(0, uri.find_first_of("#?"));
}

bool matches(std::string_view pattern, const gateway::Citation& citation) {
  const std::string_view path = path_of(citation.uri);
  for (const std::string_view subject : {std::string_view(citation.uri), path, std::string_view(citation.document)}) {
    if (matches_glob(pattern, subject)) return true;
  }
  return matches_glob(fmt::format("**/{}", pattern), path);   // the globs of a source are relative to its folder
}

class Cites final : public evaluation::Grader {
 public:
  std::string_view name() const override { return "cites"; }
  Result<void> check_argument(const json::value& argument) const override { return check_texts(argument); }
  evaluation::Grade grade(const evaluation::Answer& answer, const json::value& argument) const override {
    const std::vector<std::string> patterns = texts_of(argument);
    for (const gateway::Citation& citation : answer.citations) {
      for (const std::string& pattern : patterns) {
        if (matches(pattern, citation)) return {true, fmt::format("cites {}", citation.uri)};
      }
    }
    std::vector<std::string> cited;
    for (const gateway::Citation& citation : answer.citations) cited.push_back(citation.uri);
    return {false, fmt::format("expected a citation of {}, found {}", join(patterns, " or "),
                               cited.empty() ? "none" : join(cited, ", "))};
  }
};

}  // namespace

std::unique_ptr<evaluation::Grader> make_cites() { return std::make_unique<Cites>(); }

}  // namespace millwright::extensions
