// Fuzzes what compression and the semantic cache make of texts: units are the text, what must stay stays, nothing
// grows, and a question is like itself.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/text.hpp"
#include "features/gateway/extract.hpp"
#include "features/gateway/question_meaning.hpp"
#include "features/gateway/question_print.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace millwright;
  using namespace millwright::gateway;
  if (size < 2 || size > (16u << 10)) return 0;
  const int keep = data[0] % 91 + 5;
  const auto text = to_valid_utf8({reinterpret_cast<const char*>(data) + 1, size - 1});
  const auto cut = utf8_prefix(text, text.size() / 8);

  std::string again;
  const auto units = units_of(text);
  for (const auto& unit : units) again += std::string(unit.text) + std::string(unit.behind);
  if (text.find(again) == std::string::npos) std::abort();

  const auto extracted = extract({.question = cut, .texts = {text, cut}, .keep_percent = keep}, tokens::Tokeniser());
  if (extracted.texts.size() != 2 || extracted.texts[0].size() > text.size()) std::abort();
  for (const auto& unit : units) {
    if (unit.is_protected && extracted.texts[0].find(unit.text) == std::string::npos) std::abort();
  }
  const auto print = print_of(text);
  if (!may_share_answer(print, print)) std::abort();
  const auto alike = likeness(print, print);
  if (alike < 0 || alike > 1) std::abort();
  const auto facts = facts_of(text, {}), other = facts_of(cut, {});
  if (!what_differs(facts, facts).empty() || is_one_word_apart(facts, facts)) std::abort();
  if (what_differs(facts, other).empty() != what_differs(other, facts).empty()) std::abort();
  return 0;
}
