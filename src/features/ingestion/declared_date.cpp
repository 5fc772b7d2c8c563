// The date a document states for itself: what people wrote says more than when a file was copied.
#include "base/text.hpp"
#include "base/time.hpp"
#include "features/ingestion/parser.hpp"

namespace millwright::ingestion {

namespace {

constexpr std::size_t blocks_at_start = 12;
constexpr std::size_t blocks_at_end = 6;
constexpr std::size_t block_bytes_max = 400;   // a date line is short
constexpr std::array<std::string_view, 7> phrases{
    "last updated", "last reviewed", "last modified", "last revised", "last changed", "updated on", "reviewed on"};

bool is_date(std::string_view text) {
  return text.size() == 10 && text[4] == '-' && text[7] == '-' && parse_time(std::string(text) + "T00:00:00Z").has_value();
}

/// The first "YYYY-MM-DD" within a few words behind `from`.
std::string date_behind(std::string_view text, std::size_t from) {
  const std::string_view near = text.substr(from, 40);
  for (std::size_t i = 0; i + 10 <= near.size(); ++i) {
    if (is_date(near.substr(i, 10))) return std::string(near.substr(i, 10));
  }
  return {};
}

std::string date_in(const Block& block) {
  if (block.is_hidden || block.text.size() > block_bytes_max) return {};
  const std::string lower = to_lower_ascii(block.text);
  for (const std::string_view phrase : phrases) {
    const std::size_t at = lower.find(phrase);
    if (at == std::string::npos) continue;
    if (std::string date = date_behind(lower, at + phrase.size()); !date.empty()) return date;
  }
  return {};
}

}  // namespace

std::string find_declared_date(const ParsedDocument& document) {
  const std::size_t count = document.blocks.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (i >= blocks_at_start && i + blocks_at_end < count) continue;
    if (std::string date = date_in(document.blocks[i]); !date.empty()) return date;
  }
  return {};
}

}  // namespace millwright::ingestion
