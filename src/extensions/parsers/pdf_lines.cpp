#include "extensions/parsers/pdf_lines.hpp"

#include "base/text.hpp"

namespace millwright::extensions {

namespace {

using ingestion::BlockKind;

constexpr std::size_t pages_for_running_lines = 4;

/// The line with its digits masked: "Page 12 of 90" equals "Page 13 of 90".
std::string masked(std::string_view line) {
  std::string out;
  for (const char c : line) {
    if (c >= '0' && c <= '9') {
      if (!out.ends_with('#')) out += '#';
    } else {
      out += c;
    }
  }
  return out;
}

bool is_page_number(std::string_view line) {
  if (line.empty() || line.size() > 12) return false;
  return line.find_first_not_of("0123456789ivxlcdm-–. /") == std::string_view::npos;
}

std::string* first_line(PdfPage& page) {
  for (std::string& line : page.lines) {
    if (!line.empty()) return &line;
  }
  return nullptr;
}

std::string* last_line(PdfPage& page) {
  for (auto line = page.lines.rbegin(); line != page.lines.rend(); ++line) {
    if (!line->empty()) return &*line;
  }
  return nullptr;
}

bool starts_item(std::string_view line) {
  for (const std::string_view bullet : {"• ", "‣ ", "◦ ", "▪ ", "– ", "- ", "* "}) {
    if (line.starts_with(bullet)) return true;
  }
  return false;
}

std::string_view without_bullet(std::string_view line) {
  const std::size_t space = line.find(' ');
  return starts_item(line) && space != std::string_view::npos ? line.substr(space + 1) : line;
}

class Paragraphs {
 public:
  Paragraphs(const Outline& outline, BlockWriter& writer) : outline_(outline), writer_(writer) {}

  void page(const PdfPage& page) {
    // A paragraph may run over the end of a page: it is closed by its last character.
    if (!pending_.empty() && (pending_.ends_with('.') || pending_.ends_with(':') || pending_.ends_with('!'))) flush();
    for (const std::string& line : page.lines) {
      if (pending_.empty()) page_ = page.number;
      add_line(line, page.number);
    }
  }

  void flush() {
    if (!pending_.empty()) writer_.add({.kind = kind_, .page = page_, .text = std::move(pending_)});
    pending_.clear();
    kind_ = BlockKind::Paragraph;
  }

 private:
  void add_line(const std::string& line, std::uint32_t number) {
    if (line.empty()) return flush();
    if (const auto found = outline_.find(folded_title(line)); found != outline_.end()) {
      flush();
      writer_.add({.kind = BlockKind::Heading, .level = found->second, .page = number, .text = line});
      return;
    }
    if (starts_item(line)) {
      flush();
      kind_ = BlockKind::ListItem;
      page_ = number;
    }
    const std::string_view text = without_bullet(line);
    if (pending_.ends_with('-') && pending_.size() > 1 && !text.empty() && text[0] >= 'a' && text[0] <= 'z' &&
        std::isalpha(static_cast<unsigned char>(pending_[pending_.size() - 2])) != 0) {
      pending_.pop_back();
    } else if (!pending_.empty()) {
      pending_ += ' ';
    }
    pending_ += text;
  }

  const Outline& outline_;
  BlockWriter& writer_;
  std::string pending_;
  BlockKind kind_ = BlockKind::Paragraph;
  std::uint32_t page_ = 1;
};

}  // namespace

std::string folded_title(std::string_view title) {
  // Outlines leave out the number that the page prints, or the other way round.
  std::size_t start = 0;
  if (title.starts_with("Chapter ")) start = 8;
  while (start < title.size() && ((title[start] >= '0' && title[start] <= '9') || title[start] == '.' ||
                                  title[start] == ' ')) ++start;
  if (start == title.size()) start = 0;
  return to_lower_ascii(collapsed_whitespace(title.substr(start)));
}

void remove_running_lines(std::vector<PdfPage>& pages) {
  for (PdfPage& page : pages) {
    for (std::string* line : {first_line(page), last_line(page)}) {
      if (line != nullptr && is_page_number(*line)) line->clear();
    }
  }
  if (pages.size() < pages_for_running_lines) return;
  std::map<std::string, std::size_t> counts;
  for (PdfPage& page : pages) {
    for (const std::string* line : {first_line(page), last_line(page)}) {
      if (line != nullptr) ++counts[masked(*line)];
    }
  }
  for (PdfPage& page : pages) {
    for (std::string* line : {first_line(page), last_line(page)}) {
      if (line != nullptr && counts[masked(*line)] * 2 >= pages.size()) line->clear();
    }
  }
}

void write_pages(const std::vector<PdfPage>& pages, const Outline& outline, BlockWriter& writer) {
  Paragraphs paragraphs(outline, writer);
  for (const PdfPage& page : pages) {
    paragraphs.page(page);
    if (writer.is_over()) return;
  }
  paragraphs.flush();
}

}  // namespace millwright::extensions
