#include "extensions/graders/text_match.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace millwright::extensions {
namespace {

/// Sentences by which an answer declines. Compared after folding.
constexpr std::array declining = std::to_array<std::string_view>({
    "don't know", "do not know", "don't have information", "do not have information", "don't have any information",
    "do not have any information", "cannot answer", "can't answer", "could not find", "couldn't find", "cannot find",
    "can't find", "found nothing", "no relevant", "no information", "not able to", "unable to", "cannot help",
    "can't help", "cannot provide", "can't provide", "cannot share", "can't share", "not allowed to",
    "i'm sorry, but", "i am sorry, but"});

std::string folded(std::string_view text) {
  std::string out = normalized_for_comparison(text);
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> same{{
      {"\u2018", "'"}, {"\u2019", "'"}, {"\u201c", "\""}, {"\u201d", "\""},
      {"\u2010", "-"}, {"\u2011", "-"}, {"\u2013", "-"}, {"\u2014", "-"}}};
  for (const auto& [from, to] : same) {
    for (std::size_t at = out.find(from); at != std::string::npos; at = out.find(from, at + to.size())) {
      out.replace(at, from.size(), to);
    }
  }
  return collapsed_whitespace(out);
}

}  // namespace

std::vector<std::string> texts_of(const json::value& argument) {
  std::vector<std::string> texts;
  auto add = [&texts](const json::value& value) {
    if (value.is_string()) texts.emplace_back(value.get_string());
    else if (value.is_bool() || value.is_number()) texts.push_back(json::serialize(value));
  };
  if (!argument.is_array()) add(argument);
  else for (const json::value& value : argument.get_array()) add(value);
  return texts;
}

Result<void> check_texts(const json::value& argument) {
  const std::vector<std::string> texts = texts_of(argument);
  const std::size_t given = argument.is_array() ? argument.get_array().size() : 1;
  const bool has_blank = std::ranges::any_of(texts, [](const std::string& text) { return trimmed(text).empty(); });
  if (texts.empty() || texts.size() != given || has_blank) {
    return fail(ErrorCode::InvalidInput, "needs a text or a list of texts, none of them empty");
  }
  return {};
}

Result<void> check_boolean(const json::value& argument) {
  if (!argument.is_bool()) return fail(ErrorCode::InvalidInput, "needs true or false");
  return {};
}

bool contains_text(std::string_view haystack, std::string_view needle) {
  return folded(haystack).find(folded(needle)) != std::string::npos;
}

bool is_refusal(const evaluation::Answer& answer) {
  if (answer.was_blocked) return true;
  if (answer.error) return false;
  if (trimmed(answer.text).empty()) return false;
  if (!answer.citations.empty()) return false;   // whoever quotes a source has answered
  const std::string text = folded(answer.text);
  return std::ranges::any_of(declining, [&](std::string_view phrase) { return text.find(phrase) != std::string::npos; });
}

std::string excerpt(std::string_view text) {
  const std::string line = collapsed_whitespace(text);
  const std::string_view start = utf8_prefix(line, 120);
  return fmt::format("\"{}{}\"", start, start.size() < line.size() ? "…" : "");
}

}  // namespace millwright::extensions
