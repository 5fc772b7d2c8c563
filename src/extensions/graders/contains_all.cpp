// contains_all: the answer holds every one of these texts.
#include "base/text.hpp"
#include "extensions/graders/all.hpp"
#include "extensions/graders/text_match.hpp"

namespace millwright::extensions {
namespace {

class ContainsAll final : public evaluation::Grader {
 public:
  std::string_view name() const override { return "contains_all"; }
  Result<void> check_argument(const json::value& argument) const override { return check_texts(argument); }
  evaluation::Grade grade(const evaluation::Answer& answer, const json::value& argument) const override {
    std::vector<std::string> missing;
    const std::vector<std::string> wanted = texts_of(argument);
    for (const std::string& text : wanted) {
      if (!contains_text(answer.text, text)) missing.push_back(text);
    }
    if (missing.empty()) return {true, fmt::format("holds all of \"{}\"", join(wanted, "\", \""))};
    return {false, fmt::format("misses \"{}\" in {}", join(missing, "\", \""), excerpt(answer.text))};
  }
};

}  // namespace

std::unique_ptr<evaluation::Grader> make_contains_all() { return std::make_unique<ContainsAll>(); }

}  // namespace millwright::extensions
