// The compact binary form of a parsed document. Read from a child that handled hostile bytes: every length is checked.
#include <cstring>

#include "base/text.hpp"
#include "features/ingestion/parser.hpp"

namespace millwright::ingestion {

namespace {

constexpr std::string_view magic = "MWD1";
constexpr std::uint8_t tag_document = 0;
constexpr std::uint8_t tag_error = 1;
constexpr std::uint32_t count_max = 4'000'000;

class Output {
 public:
  void byte(std::uint8_t value) { bytes_ += static_cast<char>(value); }
  void number(std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) byte(static_cast<std::uint8_t>(value >> shift));
  }
  void text(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()));
    bytes_ += value;
  }
  void raw(std::string_view value) { bytes_ += value; }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Reads go on after the first fault, giving zeros; is_good() tells at the end.
class Input {
 public:
  explicit Input(std::string_view bytes) : bytes_(bytes) {}
  std::uint8_t byte() {
    if (at_ >= bytes_.size()) return is_good_ = false, 0;
    return static_cast<std::uint8_t>(bytes_[at_++]);
  }
  std::uint32_t number() {
    std::uint32_t value = 0;
    for (int shift = 0; shift < 32; shift += 8) value |= static_cast<std::uint32_t>(byte()) << shift;
    return value;
  }
  std::string text() {
    const std::uint32_t size = number();
    if (size > bytes_.size() - at_) return is_good_ = false, at_ = bytes_.size(), std::string();
    std::string_view value = bytes_.substr(at_, size);
    at_ += size;
    if (first_invalid_utf8(value) || value.find('\0') != std::string_view::npos) is_good_ = false;
    return std::string(value);
  }
  /// A count of things of at least one byte each.
  std::uint32_t count() {
    const std::uint32_t value = number();
    if (value <= count_max && value <= bytes_.size() - at_) return value;
    is_good_ = false;
    return 0;
  }
  [[nodiscard]] bool is_good() const { return is_good_; }
  [[nodiscard]] bool is_at_end() const { return at_ == bytes_.size(); }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool is_good_ = true;
};

std::string encode_error(const Error& error) {
  Output out;
  out.raw(magic);
  out.byte(tag_error);
  out.byte(static_cast<std::uint8_t>(error.code));
  out.text(to_valid_utf8(error.message));
  out.text(to_valid_utf8(error.rule));
  out.text(to_valid_utf8(error.fix));
  return out.take();
}

Error decode_error(Input& in) {
  Error error;
  const std::uint8_t code = in.byte();
  error.code = code <= static_cast<std::uint8_t>(ErrorCode::Internal) ? static_cast<ErrorCode>(code) : ErrorCode::Corrupt;
  error.message = in.text();
  error.rule = in.text();
  error.fix = in.text();
  return error;
}

Block decode_block(Input& in) {
  Block block;
  const std::uint8_t kind = in.byte();
  block.kind = kind <= static_cast<std::uint8_t>(BlockKind::Quote) ? static_cast<BlockKind>(kind) : BlockKind::Paragraph;
  block.level = std::min<std::uint8_t>(in.byte(), 6);
  block.is_hidden = in.byte() != 0;
  block.page = in.number();
  block.text = in.text();
  return block;
}

}  // namespace

std::string encode(const Result<ParsedDocument>& outcome) {
  if (!outcome) return encode_error(outcome.error());
  Output out;
  out.raw(magic);
  out.byte(tag_document);
  out.text(outcome->title);
  out.text(outcome->language);
  out.text(outcome->parser);
  out.text(outcome->updated);
  out.number(static_cast<std::uint32_t>(outcome->warnings.size()));
  for (const std::string& warning : outcome->warnings) out.text(warning);
  out.number(static_cast<std::uint32_t>(outcome->blocks.size()));
  for (const Block& block : outcome->blocks) {
    out.byte(static_cast<std::uint8_t>(block.kind));
    out.byte(block.level);
    out.byte(block.is_hidden ? 1 : 0);
    out.number(block.page);
    out.text(block.text);
  }
  return out.take();
}

Result<ParsedDocument> decode(std::string_view bytes) {
  if (!bytes.starts_with(magic)) return fail(ErrorCode::Corrupt, "these bytes are no parsed document");
  Input in(bytes.substr(magic.size()));
  const std::uint8_t tag = in.byte();
  if (tag == tag_error) {
    Error error = decode_error(in);
    if (in.is_good() && in.is_at_end()) return std::unexpected(std::move(error));
    return fail(ErrorCode::Corrupt, "a parsed document is damaged");
  }
  ParsedDocument document;
  document.title = in.text();
  document.language = in.text();
  document.parser = in.text();
  document.updated = in.text();
  for (std::uint32_t left = in.count(); left > 0 && in.is_good(); --left) document.warnings.push_back(in.text());
  for (std::uint32_t left = in.count(); left > 0 && in.is_good(); --left) document.blocks.push_back(decode_block(in));
  if (tag != tag_document || !in.is_good() || !in.is_at_end()) {
    return fail(ErrorCode::Corrupt, "a parsed document is damaged");
  }
  return document;
}

}  // namespace millwright::ingestion
