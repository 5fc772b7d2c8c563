#include "features/tuning/corpus_writer.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

namespace millwright::tuning {
namespace {

constexpr std::size_t corpus_bytes_max = 256u << 20;

bool is_for_validation(Id document) { return sha256(document.text()).bytes[0] % 10 == 0; }

json::object message(std::string_view role, const std::string& content) {
  return {{"role", role}, {"content", content}};
}

}  // namespace

CorpusWriter::Outcome CorpusWriter::add(Id document, const Example& example) {
  if (!seen_.insert(sha256(normalized_for_comparison(example.answer))).second) return Outcome::Duplicate;
  if (training_.lines.size() + validation_.lines.size() > corpus_bytes_max) return Outcome::Full;
  json::array messages;
  if (!system_prompt_.empty()) messages.push_back(message("system", system_prompt_));
  messages.push_back(message("user", example.question));
  messages.push_back(message("assistant", example.answer));
  Part& part = is_for_validation(document) ? validation_ : training_;
  part.lines += json::serialize(json::object{{"messages", std::move(messages)}});
  part.lines += '\n';
  ++part.examples;
  return Outcome::Added;
}

}  // namespace millwright::tuning
