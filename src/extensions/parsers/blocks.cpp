#include "extensions/parsers/blocks.hpp"

#include "base/text.hpp"
#include "base/time.hpp"

namespace millwright::extensions {

namespace {

constexpr std::size_t warnings_max = 50;

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;
};

/// Of valid UTF-8.
CodePoint code_point_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xE0) return {static_cast<char32_t>((lead & 0x1F) << 6 | (byte(1) & 0x3F)), 2};
  if (lead < 0xF0) return {static_cast<char32_t>((lead & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F)), 3};
  return {static_cast<char32_t>((lead & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 |
                                (byte(3) & 0x3F)), 4};
}

bool is_space(char32_t c) {
  return c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

/// Marks without a shape of their own. Zero-width joiner and non-joiner stay: Persian, Hindi and emoji need them.
bool is_invisible(char32_t c) {
  return c == 0xAD || c == 0x200B || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0x80 && c < 0xA0) ||
         c == 0x7F || (c < 0x20 && c != '\n' && c != '\t' && c != '\r');
}

}  // namespace

std::string visible_text(std::string_view text, std::string& smuggled) {
  std::string valid;
  if (first_invalid_utf8(text)) {
    valid = to_valid_utf8(text);
    text = valid;
  }
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead >= 0x20 && lead < 0x7F) {
      out += text[at++];
      continue;
    }
    const CodePoint point = code_point_at(text, at);
    if (point.value >= 0xE0000 && point.value <= 0xE007F) {
      if (point.value >= 0xE0020 && point.value < 0xE007F) smuggled += static_cast<char>(point.value - 0xE0000);
    } else if (is_space(point.value)) {
      out += ' ';
    } else if (!is_invisible(point.value)) {
      out.append(text.substr(at, point.bytes));
    }
    at += point.bytes;
  }
  return out;
}

std::string trimmed_code(std::string_view text) {
  std::string out;
  for (std::string_view line : split(text, '\n')) {
    const std::size_t end = line.find_last_not_of(" \t\r");
    line = end == std::string_view::npos ? std::string_view() : line.substr(0, end + 1);
    if (line.empty() && out.empty()) continue;
    out.append(line);
    out += '\n';
  }
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

void BlockWriter::add(ingestion::Block block) {
  if (over_) return;
  std::string smuggled;
  std::string text = visible_text(block.text, smuggled);
  if (block.kind == ingestion::BlockKind::Code) {
    block.text = trimmed_code(text);
  } else if (block.kind == ingestion::BlockKind::Table) {
    block.text.clear();
    for (std::string_view row : split(text, '\n')) {
      const std::string clean = collapsed_whitespace(row);
      if (clean.empty()) continue;
      if (!block.text.empty()) block.text += '\n';
      block.text += clean;
    }
  } else {
    block.text = collapsed_whitespace(text);
  }
  const std::uint32_t page = block.page;
  push(std::move(block));
  if (smuggled.empty()) return;
  warn("invisible Unicode tag characters");
  push({.kind = ingestion::BlockKind::Paragraph, .page = page, .text = collapsed_whitespace(smuggled),
        .is_hidden = true});
}

void BlockWriter::push(ingestion::Block block) {
  if (block.text.empty() || over_) return;
  text_bytes_ += block.text.size();
  if (text_bytes_ > limits_.text_bytes_max) {
    over_ = fail(ErrorCode::TooLarge, "the document holds more than {} of text",
                 render_size(limits_.text_bytes_max)).error();
    over_->rule = "parse.text_bytes_max";
  } else if (document_.blocks.size() >= limits_.blocks_max) {
    over_ = fail(ErrorCode::TooLarge, "the document holds more than {} blocks", limits_.blocks_max).error();
    over_->rule = "parse.blocks_max";
  } else {
    document_.blocks.push_back(std::move(block));
  }
}

void BlockWriter::warn(std::string warning) {
  auto& warnings = document_.warnings;
  if (warnings.size() >= warnings_max || std::ranges::find(warnings, warning) != warnings.end()) return;
  warnings.push_back(std::move(warning));
}

Result<ingestion::ParsedDocument> BlockWriter::finish() {
  if (over_) return std::unexpected(*over_);
  std::string smuggled;
  document_.title = std::string(utf8_prefix(collapsed_whitespace(visible_text(document_.title, smuggled)), 300));
  if (document_.title.empty()) {
    for (const auto& block : document_.blocks) {
      if (block.kind != ingestion::BlockKind::Heading || block.is_hidden) continue;
      document_.title = std::string(utf8_prefix(block.text, 300));
      break;
    }
  }
  return std::move(document_);
}

}  // namespace millwright::extensions
