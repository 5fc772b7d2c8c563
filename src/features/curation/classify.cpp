#include "features/curation/classify.hpp"

#include <set>

#include "base/text.hpp"
#include "features/curation/hidden_text.hpp"

namespace millwright::curation {

namespace {

constexpr std::size_t evidence_bytes = 100;
constexpr std::size_t secret_bytes_shown = 4;

/// Text of all blocks of one kind of visibility, a block a paragraph.
std::string text_of(const ingestion::ParsedDocument& parsed, bool is_hidden) {
  std::string text;
  for (const ingestion::Block& block : parsed.blocks) {
    if (block.is_hidden == is_hidden) text.append(block.text).append("\n\n");
  }
  return text;
}

/// What to show a person: the words around an instruction; of a secret only its beginning.
std::string evidence(std::string_view text, const policy::Finding& finding) {
  const std::size_t size = finding.end - finding.start;
  if (finding.type.starts_with("secret")) {
    return std::string(utf8_prefix(text.substr(finding.start, size), secret_bytes_shown)) + "…";
  }
  std::size_t start = finding.start > 20 ? finding.start - 20 : 0;
  while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xC0) == 0x80) --start;
  return collapsed_whitespace(utf8_prefix(text.substr(start), evidence_bytes));
}

/// "Do not forget these rules" orders nobody to forget them.
bool is_negated(std::string_view text, const policy::Finding& finding) {
  if (!finding.type.starts_with("injection")) return false;
  const std::string before = to_lower_ascii(text.substr(finding.start > 8 ? finding.start - 8 : 0, std::min<std::size_t>(finding.start, 8)));
  const std::string_view words = trimmed(before);
  return words.ends_with(" not") || words.ends_with("n't") || words.ends_with("n’t") || words.ends_with("never");
}

void quarantine(ingestion::Document& document, std::string reason) {
  if (document.verdict != ingestion::Verdict::Indexed) return;
  document.verdict = ingestion::Verdict::Quarantined;
  document.reason = std::move(reason);
}

void judge(ingestion::Document& document, std::string_view text, std::string_view where, const policy::Guard& guard,
           std::set<std::string>& tags) {
  const policy::ScanResult result = guard.scan(text, policy::Direction::Document);
  document.data_class = std::max(document.data_class, result.data_class);
  for (const policy::Finding& finding : result.findings) {
    if (is_negated(text, finding)) continue;
    tags.insert(tag_for(finding.type));
    if (finding.action != policy::Action::Block) continue;
    quarantine(document, fmt::format("guard.{} in {}: \"{}\"", finding.type, where, evidence(text, finding)));
  }
}

}  // namespace

std::string tag_for(std::string_view finding_type) {
  for (const std::string_view family : {"secret", "injection", "hidden_text"}) {
    if (finding_type.starts_with(family)) return std::string(family);
  }
  return "pii." + std::string(finding_type);
}

void classify(ingestion::Document& document, const ingestion::ParsedDocument& parsed, const policy::Guard& guard) {
  std::set<std::string> tags;
  const std::string hidden = text_of(parsed, true);
  if (!trimmed(hidden).empty()) {
    tags.insert("hidden_text");
    if (const std::string_view phrase = find_instruction(hidden); !phrase.empty()) {
      tags.insert("injection");
      quarantine(document, fmt::format("hidden_text.instruction (\"{}\"): \"{}\"", phrase,
                                       collapsed_whitespace(utf8_prefix(hidden, evidence_bytes))));
    }
    judge(document, hidden, "hidden text", guard, tags);
  }
  judge(document, text_of(parsed, false), "visible text", guard, tags);
  document.tags.assign(tags.begin(), tags.end());
}

}  // namespace millwright::curation
