#include "features/tuning/labelled_texts.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/json.hpp"
#include "base/text.hpp"

namespace millwright::tuning {

namespace {

constexpr std::size_t examples_max = 2'000'000;
constexpr std::array<std::string_view, 3> label_names{"label", "category", "task"};

Result<void> check(const LabelledText& example, std::size_t line) {
  if (trimmed(example.text).empty()) return fail(ErrorCode::InvalidInput, "line {}: the text is empty", line);
  if (trimmed(example.label).empty()) return fail(ErrorCode::InvalidInput, "line {}: the label is empty", line);
  if (example.label.size() > 256)
    return fail(ErrorCode::InvalidInput, "line {}: the label is longer than 256 bytes", line);
  return {};
}

/// Reads records of CSV one by one.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text) {}
  [[nodiscard]] bool is_at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] std::size_t line() const { return line_; }

  Result<std::vector<std::string>> record() {
    std::vector<std::string> fields(1);
    const auto begin = line_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"' && fields.back().empty()) {
        if (!take_quoted(fields.back()))
          return fail(ErrorCode::InvalidInput, "line {}: the quote is never closed", begin);
        continue;
      }
      ++at_;
      if (c == ',') {
        fields.emplace_back();
      } else if (c == '\n') {
        ++line_;
        return fields;
      } else if (c != '\r') {
        fields.back() += c;
      }
    }
    return fields;
  }

 private:
  bool take_quoted(std::string& field) {
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] != '"') {
        field += text_[at_];
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        field += '"';
        ++at_;
      } else {
        ++at_;
        return true;
      }
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0, line_ = 1;
};

Result<std::vector<LabelledText>> parse_csv(std::string_view bytes) {
  CsvReader reader(bytes);
  const auto header = reader.record();
  if (!header) return std::unexpected(header.error());
  std::optional<std::size_t> text, label;
  for (std::size_t i = 0; i < header->size(); ++i) {
    const auto name = to_lower_ascii(trimmed((*header)[i]));
    if (name == "text") text = i;
    if (!label && std::ranges::find(label_names, name) != label_names.end()) label = i;
  }
  if (!text || !label) {
    auto error = fail(ErrorCode::InvalidInput, "line 1: the header does not name the columns text and label");
    error.error().fix = "Begin the file with the line \"text,label\".";
    return error;
  }
  std::vector<LabelledText> examples;
  while (!reader.is_at_end()) {
    const auto line = reader.line();
    auto record = reader.record();
    if (!record) return std::unexpected(record.error());
    if (record->size() == 1 && record->front().empty()) continue;
    if (record->size() != header->size()) {
      return fail(ErrorCode::InvalidInput, "line {}: {} fields where the header has {}", line, record->size(),
                  header->size());
    }
    examples.push_back({std::move((*record)[*text]), std::string(trimmed((*record)[*label]))});
    if (auto ok = check(examples.back(), line); !ok) return std::unexpected(ok.error());
    if (examples.size() > examples_max)
      return fail(ErrorCode::TooLarge, "there are more than {} examples", examples_max);
  }
  return examples;
}

Result<std::vector<LabelledText>> parse_lines(std::string_view bytes) {
  std::vector<LabelledText> examples;
  std::size_t number = 0;
  for (const auto line : split(bytes, '\n')) {
    ++number;
    if (trimmed(line).empty()) continue;
    const auto object = parse_json_object(line);
    if (!object) return fail(ErrorCode::InvalidInput, "line {}: not a JSON object: {}", number, object.error().message);
    LabelledText example{std::string(string_member(*object, "text")), {}};
    for (const auto name : label_names) {
      if (example.label.empty()) example.label = trimmed(string_member(*object, name));
    }
    if (auto ok = check(example, number); !ok) return std::unexpected(ok.error());
    examples.push_back(std::move(example));
    if (examples.size() > examples_max)
      return fail(ErrorCode::TooLarge, "there are more than {} examples", examples_max);
  }
  return examples;
}

}  // namespace

Result<std::vector<LabelledText>> parse_labelled_texts(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  if (const auto bad = first_invalid_utf8(bytes))
    return fail(ErrorCode::InvalidInput, "byte {}: not valid UTF-8", *bad);
  return trimmed(bytes).starts_with('{') ? parse_lines(bytes) : parse_csv(bytes);
}

}  // namespace millwright::tuning
