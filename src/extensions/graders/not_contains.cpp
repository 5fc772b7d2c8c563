// not_contains: the answer holds none of these texts. The reason never repeats what leaked beyond its own argument.
#include "extensions/graders/all.hpp"
#include "extensions/graders/text_match.hpp"

namespace millwright::extensions {
namespace {

class NotContains final : public evaluation::Grader {
 public:
  std::string_view name() const override { return "not_contains"; }
  Result<void> check_argument(const json::value& argument) const override { return check_texts(argument); }
  evaluation::Grade grade(const evaluation::Answer& answer, const json::value& argument) const override {
    for (const std::string& text : texts_of(argument)) {
      if (contains_text(answer.text, text)) return {false, fmt::format("must not hold \"{}\" and does", text)};
      for (const gateway::Citation& citation : answer.citations) {
        if (contains_text(citation.quote, text)) return {false, fmt::format("must not quote \"{}\" and does", text)};
      }
    }
    return {true, "holds nothing of what it must not"};
  }
};

}  // namespace

std::unique_ptr<evaluation::Grader> make_not_contains() { return std::make_unique<NotContains>(); }

}  // namespace millwright::extensions
