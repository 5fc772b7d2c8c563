#include "extensions/parsers/pdf.hpp"

#include <poppler-document.h>
#include <poppler-global.h>
#include <poppler-page.h>
#include <poppler-toc.h>

#include "base/text.hpp"
#include "base/time.hpp"
#include "extensions/parsers/blocks.hpp"
#include "extensions/parsers/pdf_lines.hpp"
#include "extensions/parsers/pdf_streams.hpp"

namespace millwright::extensions {

namespace {

constexpr std::size_t magic_bytes = 1024;   // the signature may stand a little behind the start
constexpr std::size_t outline_max = 20'000;
constexpr std::uint8_t outline_depth_max = 6;

std::string utf8(const poppler::ustring& text) {
  const poppler::byte_array bytes = text.to_utf8();
  return to_valid_utf8(std::string_view(bytes.data(), bytes.size()));
}

void read_outline(const poppler::toc_item& item, std::uint8_t level, Outline& into) {
  for (const poppler::toc_item* child : item.children()) {
    if (into.size() >= outline_max) return;
    const std::string title = folded_title(utf8(child->title()));
    if (title.size() >= 3 && title.size() <= 200) into.try_emplace(title, level);
    if (level < outline_depth_max) read_outline(*child, static_cast<std::uint8_t>(level + 1), into);
  }
}

PdfPage read_page(const poppler::page& page, std::uint32_t number) {
  PdfPage out;
  out.number = number;
  const std::string text = utf8(page.text(poppler::rectf(), poppler::page::physical_layout));
  for (const std::string_view line : split(text, '\n')) out.lines.push_back(collapsed_whitespace(line));
  return out;
}

std::string date_of(poppler::time_type time) {
  constexpr poppler::time_type absent = UINT32_MAX;   // -1 of an unsigned type
  if (time == 0 || time == absent) return {};
  return render_time(Timestamp(std::chrono::seconds(time))).substr(0, 10);
}

Result<ingestion::ParsedDocument> read_document(poppler::document& pdf, const ingestion::ParseLimits& limits) {
  const int count = pdf.pages();
  if (count <= 0) return fail(ErrorCode::InvalidInput, "the PDF has no pages: it is damaged or cut off");
  if (static_cast<std::uint32_t>(count) > limits.pages_max) {
    return fail(ErrorCode::TooLarge, "the PDF has {} pages; the limit is {}", count, limits.pages_max);
  }
  BlockWriter writer(limits);
  Outline outline;
  if (const std::unique_ptr<poppler::toc> toc(pdf.create_toc()); toc) read_outline(*toc->root(), 1, outline);
  std::vector<PdfPage> pages;
  std::size_t bytes = 0;
  for (int i = 0; i < count && bytes <= limits.text_bytes_max; ++i) {
    const std::unique_ptr<poppler::page> page(pdf.create_page(i));
    if (!page) {
      writer.warn(fmt::format("page {} cannot be read", i + 1));
      continue;
    }
    pages.push_back(read_page(*page, static_cast<std::uint32_t>(i + 1)));
    for (const std::string& line : pages.back().lines) bytes += line.size();
  }
  if (bytes > limits.text_bytes_max) {
    return fail(ErrorCode::TooLarge, "the PDF holds more than {} of text", render_size(limits.text_bytes_max));
  }
  if (pages.empty()) return fail(ErrorCode::InvalidInput, "no page of the PDF can be read");
  if (bytes == 0) {
    return fail(ErrorCode::InvalidInput, "the PDF has no text layer: scanned pages need text recognition first");
  }
  remove_running_lines(pages);
  write_pages(pages, outline, writer);
  writer.document().title = utf8(pdf.get_title());
  writer.document().updated = date_of(pdf.get_modification_date_t());
  return writer.finish();
}

class PdfParser final : public ingestion::Parser {
 public:
  [[nodiscard]] std::string_view name() const override { return "pdf"; }

  [[nodiscard]] int score(std::string_view bytes, std::string_view path) const override {
    if (bytes.substr(0, magic_bytes).find("%PDF-") != std::string_view::npos) return 100;
    return to_lower_ascii(path).ends_with(".pdf") && !bytes.empty() ? 5 : 0;
  }

  [[nodiscard]] Result<ingestion::ParsedDocument> parse(std::string_view bytes,
                                                        const ingestion::ParseLimits& limits) const override {
    if (bytes.substr(0, magic_bytes).find("%PDF-") == std::string_view::npos) {
      return fail(ErrorCode::InvalidInput, "the name says PDF, but the content is {}", ingestion::detected_type(bytes));
    }
    if (bytes.size() > static_cast<std::size_t>(INT32_MAX)) return fail(ErrorCode::TooLarge, "the PDF is too large");
    if (auto checked = check_streams(bytes, limits.expanded_bytes_max); !checked) return pass(checked);
    poppler::set_debug_error_function([](const std::string&, void*) {}, nullptr);
    const std::unique_ptr<poppler::document> pdf(
        poppler::document::load_from_raw_data(bytes.data(), static_cast<int>(bytes.size())));
    if (!pdf) return fail(ErrorCode::InvalidInput, "the PDF is damaged or cut off");
    if (pdf->is_locked()) return fail(ErrorCode::InvalidInput, "the PDF is encrypted and needs a password");
    return read_document(*pdf, limits);
  }
};

}  // namespace

std::unique_ptr<ingestion::Parser> make_pdf_parser() { return std::make_unique<PdfParser>(); }

}  // namespace millwright::extensions
