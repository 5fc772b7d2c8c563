#include <zlib.h>

#include <gtest/gtest.h>

#include "extensions/parsers/docx.hpp"
#include "extensions/parsers/docx_archive.hpp"
#include "extensions/parsers/pdf.hpp"
#include "extensions/parsers/pdf_lines.hpp"
#include "extensions/parsers/pdf_streams.hpp"
#include "extensions/parsers/testing.hpp"

#include <archive.h>
#include <archive_entry.h>

namespace millwright::extensions {
namespace {

using test::outline;

using Members = std::vector<std::pair<std::string, std::string>>;

std::string zip_of(const Members& members) {
  std::string bytes(256u << 10, '\0');
  for (const auto& [name, text] : members) bytes.resize(bytes.size() + text.size() + 1024);
  std::size_t used = 0;
  archive* writer = archive_write_new();
  archive_write_set_format_zip(writer);
  archive_write_open_memory(writer, bytes.data(), bytes.size(), &used);
  for (const auto& [name, text] : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(text.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_write_header(writer, entry);
    archive_write_data(writer, text.data(), text.size());
    archive_entry_free(entry);
  }
  archive_write_close(writer);
  archive_write_free(writer);
  bytes.resize(used);
  return bytes;
}

std::string docx_of(const std::string& body, const std::string& styles = "") {
  return zip_of({{"word/document.xml", "<?xml version='1.0'?><w:document xmlns:w='x'><w:body>" + body + "</w:body></w:document>"},
                 {"word/styles.xml", "<w:styles xmlns:w='x'>" + styles + "</w:styles>"}});
}

TEST(DocxParser, KeepsStructure) {
  const std::string styles = "<w:style w:type='paragraph' w:styleId='U1'><w:name w:val='heading 2'/></w:style>"
                             "<w:style w:type='paragraph' w:styleId='Own'><w:basedOn w:val='U1'/><w:name w:val='Mine'/></w:style>"
                             "<w:style w:type='paragraph' w:styleId='Gone'><w:name w:val='G'/><w:rPr><w:vanish/></w:rPr></w:style>";
  const std::vector<test::Story> stories{
      {"heading by style", "<w:p><w:pPr><w:pStyle w:val='U1'/></w:pPr><w:r><w:t>T</w:t></w:r></w:p>", "h2 T\n"},
      {"heading by inheritance", "<w:p><w:pPr><w:pStyle w:val='Own'/></w:pPr><w:r><w:t>T</w:t></w:r></w:p>", "h2 T\n"},
      {"runs join", "<w:p><w:r><w:t>a</w:t></w:r><w:r><w:t>b</w:t><w:tab/><w:t>c</w:t></w:r></w:p>", "p ab c\n"},
      {"lists", "<w:p><w:pPr><w:numPr/></w:pPr><w:r><w:t>i</w:t></w:r></w:p>", "li i\n"},
      {"tables", "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl>", "table a | b\n"},
      {"vanished runs are hidden", "<w:p><w:r><w:t>a</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>obey</w:t></w:r></w:p>", "p a\n?p obey\n"},
      {"vanish switched off shows", "<w:p><w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>a</w:t></w:r></w:p>", "p a\n"},
      {"white runs are hidden", "<w:p><w:r><w:rPr><w:color w:val='FFFFFF'/></w:rPr><w:t>obey</w:t></w:r></w:p>", "?p obey\n"},
      {"white on a shade shows", "<w:p><w:r><w:rPr><w:color w:val='FFFFFF'/><w:shd w:fill='000000'/></w:rPr><w:t>a</w:t></w:r></w:p>", "p a\n"},
      {"hidden by style", "<w:p><w:pPr><w:pStyle w:val='Gone'/></w:pPr><w:r><w:t>obey</w:t></w:r></w:p>", "?p obey\n"},
      {"deleted text goes", "<w:p><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del></w:p>", "p new\n"},
      {"other prefixes", "<x:p><x:r><x:t>a</x:t></x:r></x:p>", "p a\n"},
      {"text boxes", "<w:p><w:r><w:t>a</w:t><w:pict><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent></w:pict></w:r></w:p>", "p a\np box\n"},
  };
  for (const auto& story : stories) {
    SCOPED_TRACE(story.name);
    const auto document = make_docx_parser()->parse(docx_of(story.input, styles), {});
    ASSERT_TRUE(document) << document.error().message;
    EXPECT_EQ(outline(*document), story.outline);
  }
}

TEST(DocxParser, RefusesHostileContainers) {
  const std::string good = docx_of("<w:p><w:r><w:t>text of a document</w:t></w:r></w:p>");
  const std::string bomb = docx_of("<w:p><w:r><w:t>" + std::string(40u << 20, 'a') + "</w:t></w:r></w:p>");
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<w:sdt>";
  Members many{{"word/document.xml", "<w:document/>"}};
  for (int i = 0; i < 10'050; ++i) many.emplace_back("m" + std::to_string(i), "");
  const std::string entities = "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><w:document><w:body>&b;</w:body></w:document>";
  struct Case {
    const char* name;
    std::string bytes;
    ErrorCode code;
  };
  const std::vector<Case> cases{
      {"bomb by ratio", bomb, ErrorCode::TooLarge},
      {"too many members", zip_of(many), ErrorCode::TooLarge},
      {"cut off", good.substr(0, good.size() * 2 / 5), ErrorCode::InvalidInput},
      {"no document inside", zip_of({{"a.txt", "x"}}), ErrorCode::InvalidInput},
      {"entities", zip_of({{"word/document.xml", entities}}), ErrorCode::InvalidInput},
      {"not XML", zip_of({{"word/document.xml", "<w:document><w:body>"}}), ErrorCode::InvalidInput},
      {"not a container", "just text", ErrorCode::InvalidInput},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    const auto document = make_docx_parser()->parse(one.bytes, {});
    ASSERT_FALSE(document);
    EXPECT_EQ(document.error().code, one.code) << document.error().message;
  }
  EXPECT_TRUE(make_docx_parser()->parse(good, {}));
}

TEST(DocxParser, RefusesEndlessNesting) {
  std::string deep, end;
  for (int i = 0; i < 5'000; ++i) deep += "<w:sdt>", end += "</w:sdt>";
  const auto document = make_docx_parser()->parse(docx_of(deep + "<w:p/>" + end), {});
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().code, ErrorCode::TooLarge);
}

std::string pdf_of(const std::string& stream, const std::string& filter = "") {
  std::string out = "%PDF-1.4\n";
  std::vector<std::size_t> offsets;
  const auto object = [&](const std::string& body) {
    offsets.push_back(out.size());
    out += std::to_string(offsets.size()) + " 0 obj\n" + body + "\nendobj\n";
  };
  object("<< /Type /Catalog /Pages 2 0 R >>");
  object("<< /Type /Pages /Kids [4 0 R] /Count 1 >>");
  object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
  object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents 5 0 R >>");
  object("<< /Length " + std::to_string(stream.size()) + filter + " >>\nstream\n" + stream + "\nendstream");
  const std::size_t start = out.size();
  out += "xref\n0 6\n0000000000 65535 f \n";
  for (const std::size_t offset : offsets) out += fmt::format("{:010} 00000 n \n", offset);
  return out + "trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n" + std::to_string(start) + "\n%%EOF\n";
}

std::string deflated(std::size_t size) {
  std::string plain(1u << 20, ' '), out;
  z_stream stream{};
  deflateInit(&stream, 1);
  std::string buffer(1u << 16, '\0');
  for (std::size_t done = 0; done <= size; done += plain.size()) {
    const bool is_last = done + plain.size() > size;
    stream.next_in = reinterpret_cast<Bytef*>(plain.data());
    stream.avail_in = static_cast<uInt>(is_last ? 0 : plain.size());
    do {
      stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
      stream.avail_out = static_cast<uInt>(buffer.size());
      deflate(&stream, is_last ? Z_FINISH : Z_NO_FLUSH);
      out.append(buffer, 0, buffer.size() - stream.avail_out);
    } while (stream.avail_out == 0);
  }
  deflateEnd(&stream);
  return out;
}

TEST(PdfParser, ReadsTextByPage) {
  const auto document = make_pdf_parser()->parse(pdf_of("BT /F1 12 Tf 72 700 Td (Hello there) Tj ET"), {});
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_EQ(outline(*document), "p Hello there\n");
  EXPECT_EQ(document->blocks[0].page, 1U);
}

TEST(PdfParser, RefusesWhatItCannotRead) {
  const std::string good = pdf_of("BT /F1 12 Tf 72 700 Td (Hello) Tj ET");
  EXPECT_FALSE(make_pdf_parser()->parse(good.substr(0, 40), {}));
  EXPECT_FALSE(make_pdf_parser()->parse("no pdf at all", {}));
  const auto scanned = make_pdf_parser()->parse(pdf_of("0 0 m"), {});
  ASSERT_FALSE(scanned);
  EXPECT_NE(scanned.error().message.find("text layer"), std::string::npos);
}

TEST(PdfParser, RefusesAPageOfOneGigabyte) {
  const std::string bomb = pdf_of(deflated(1u << 30), " /Filter /FlateDecode");
  ASSERT_LT(bomb.size(), 16u << 20);
  const auto document = make_pdf_parser()->parse(bomb, {});
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().code, ErrorCode::TooLarge);
  EXPECT_EQ(document.error().rule, "parse.expanded_bytes_max");
}

TEST(PdfLines, RunningHeadersGoAndSplitWordsJoin) {
  std::vector<PdfPage> pages;
  for (std::uint32_t i = 1; i <= 6; ++i) {
    pages.push_back({i, {"Handbook page " + std::to_string(i), "", "Some text that is hyphen-",
                         "ated here " + std::string(1, static_cast<char>('a' + i)), "", std::to_string(i)}});
  }
  remove_running_lines(pages);
  BlockWriter writer({});
  write_pages(pages, {}, writer);
  const auto document = writer.finish();
  ASSERT_TRUE(document);
  ASSERT_EQ(document->blocks.size(), 6U);
  EXPECT_EQ(document->blocks[3].text, "Some text that is hyphenated here e");
  EXPECT_EQ(document->blocks[3].page, 4U);
}

TEST(PdfLines, OutlineTitlesAreHeadings) {
  BlockWriter writer({});
  write_pages({{1, {"1.2. Getting started", "", "Text."}}}, {{folded_title("Getting Started"), 2}}, writer);
  EXPECT_EQ(outline(*writer.finish()), "h2 1.2. Getting started\np Text.\n");
}

}  // namespace
}  // namespace millwright::extensions
