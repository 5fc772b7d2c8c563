// contains_any: the answer holds at least one of these texts.
#include <algorithm>

#include "base/text.hpp"
#include "extensions/graders/all.hpp"
#include "extensions/graders/text_match.hpp"

namespace millwright::extensions {
namespace {

class ContainsAny final : public evaluation::Grader {
 public:
  std::string_view name() const override { return "contains_any"; }
  Result<void> check_argument(const json::value& argument) const override { return check_texts(argument); }
  evaluation::Grade grade(const evaluation::Answer& answer, const json::value& argument) const override {
    const std::vector<std::string> wanted = texts_of(argument);
    for (const std::string& text : wanted) {
      if (contains_text(answer.text, text)) return {true, fmt::format("holds \"{}\"", text)};
    }
    return {false, fmt::format("expected one of \"{}\", found {}", join(wanted, "\", \""), excerpt(answer.text))};
  }
};

}  // namespace

std::unique_ptr<evaluation::Grader> make_contains_any() { return std::make_unique<ContainsAny>(); }

}  // namespace millwright::extensions
