#include "features/curation/hidden_text.hpp"

#include <array>

#include "base/text.hpp"

namespace millwright::curation {

namespace {

/// Orders, and words that only a model is addressed with. Hidden text is rare and never needed: a wrong alarm costs one
/// look by a person.
constexpr std::array<std::string_view, 32> phrases{
    "ignore previous",  "ignore all",        "ignore any",       "ignore the",        "disregard",
    "system prompt",    "you are now",       "you must",         "you are an",        "you are a helpful",
    "as an ai",         "assistant:",        "ai assistant",     "language model",    "when asked",
    "if asked",         "tell the user",     "tell users",       "do not tell",       "do not mention",
    "don't mention",    "do not reveal",     "reveal the",       "instead of",        "respond with",
    "reply with",       "answer with",       "send the",         "forward all",       "override",
    "new instructions", "follow these instructions"};

}  // namespace

std::string_view find_instruction(std::string_view hidden_text) {
  const std::string text = collapsed_whitespace(normalized_for_comparison(hidden_text));
  for (const std::string_view phrase : phrases) {
    if (text.find(phrase) != std::string::npos) return phrase;
  }
  return {};
}

}  // namespace millwright::curation
