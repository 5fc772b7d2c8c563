#include "extensions/parsers/all.hpp"

#include "extensions/parsers/docx.hpp"
#include "extensions/parsers/html.hpp"
#include "extensions/parsers/markdown.hpp"
#include "extensions/parsers/pdf.hpp"
#include "extensions/parsers/text.hpp"

namespace millwright::extensions {

ingestion::Parsers make_parsers() {
  ingestion::Parsers parsers;
  parsers.push_back(make_html_parser());
  parsers.push_back(make_markdown_parser());
  parsers.push_back(make_text_parser());
  parsers.push_back(make_pdf_parser());
  parsers.push_back(make_docx_parser());
  return parsers;
}

}  // namespace millwright::extensions
