#include "io/http/multipart.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace millwright::io::http {
namespace {

struct ReadPart {
  MultipartPart head;
  std::string bytes;
  bool has_ended = false;
};

class Collector final : public MultipartSink {
 public:
  Result<void> begin(const MultipartPart& part) override {
    parts.push_back({part, {}, false});
    return {};
  }
  Result<void> data(std::string_view bytes) override {
    if (fails) return fail(ErrorCode::TooLarge, "the disk is full");
    parts.back().bytes += bytes;
    return {};
  }
  Result<void> end() override {
    parts.back().has_ended = true;
    return {};
  }
  std::vector<ReadPart> parts;
  bool fails = false;
};

Result<void> read(std::string_view body, Collector& collector, std::size_t piece = std::string_view::npos,
                  MultipartLimits limits = {}) {
  MultipartParser parser("XyZ", collector, limits);
  for (std::size_t at = 0; at < body.size(); at += std::min(piece, body.size())) {
    auto fed = parser.feed(body.substr(at, piece));
    if (!fed) return fed;
  }
  return parser.finish();
}

std::string part(std::string_view head, std::string_view bytes) { return fmt::format("--XyZ\r\n{}\r\n\r\n{}\r\n", head, bytes); }

const std::string purpose = part("Content-Disposition: form-data; name=\"purpose\"", "batch");
const std::string file_head =
    "Content-Disposition: form-data; name=\"file\"; filename=\"in.jsonl\"\r\nContent-Type: application/octet-stream";

TEST(Multipart, GivesFieldsAndFilesInOrder) {
  Collector collector;
  ASSERT_TRUE(read(purpose + part(file_head, "{\"a\":1}\n") + "--XyZ--\r\n", collector));
  ASSERT_EQ(collector.parts.size(), 2u);
  EXPECT_EQ(collector.parts[0].head.name, "purpose");
  EXPECT_FALSE(collector.parts[0].head.filename);
  EXPECT_EQ(collector.parts[0].bytes, "batch");
  EXPECT_EQ(collector.parts[1].head.filename, "in.jsonl");
  EXPECT_EQ(collector.parts[1].head.content_type, "application/octet-stream");
  EXPECT_EQ(collector.parts[1].bytes, "{\"a\":1}\n");
  EXPECT_TRUE(collector.parts[1].has_ended);
}

TEST(Multipart, NoCutChangesWhatIsRead) {
  const std::string bytes = "\r\n--XyZw\r\n--Xy\r\n\r\n--\r\n-- XyZ\r\r\n";
  const std::string body = "preamble\r\n" + part(file_head, bytes) + "--XyZ \t\r\n" +
                           "Content-Disposition: form-data; name=empty\r\n\r\n\r\n--XyZ--epilogue";
  for (std::size_t piece = 1; piece <= body.size(); ++piece) {
    Collector collector;
    ASSERT_TRUE(read(body, collector, piece)) << piece;
    ASSERT_EQ(collector.parts.size(), 2u) << piece;
    EXPECT_EQ(collector.parts[0].bytes, bytes) << piece;
    EXPECT_EQ(collector.parts[1].head.name, "empty") << piece;
    EXPECT_EQ(collector.parts[1].bytes, "") << piece;
  }
}

TEST(Multipart, APartMayHaveNoBodyAtAll) {
  Collector collector;
  ASSERT_TRUE(read("--XyZ\r\nContent-Disposition: form-data; name=a\r\n\r\n--XyZ--", collector));
  ASSERT_EQ(collector.parts.size(), 1u);
  EXPECT_EQ(collector.parts[0].bytes, "");
}

TEST(Multipart, FileNames) {
  const struct {
    std::string_view head, name;
  } cases[] = {
      {R"(filename="C:\dir\report.txt")", "report.txt"},
      {R"(filename="../../etc/passwd")", "passwd"},
      {R"(filename="a \"quoted\" \\ b")", " b"},
      {R"(filename="say \"hi\".txt")", "say \"hi\".txt"},
      {R"(filename="semi;colon.txt")", "semi;colon.txt"},
      {R"(filename=plain.txt)", "plain.txt"},
      {R"(filename="fallback.txt"; filename*=UTF-8''na%C3%AFve%20plan.txt)", "naïve plan.txt"},
      {R"(filename*=iso-8859-1'en'%A3.txt)", "£.txt"},
      {R"(FileName="upper.txt")", "upper.txt"},
      {R"(filename="")", ""},
  };
  for (const auto& test : cases) {
    Collector collector;
    const auto body = part(fmt::format("content-disposition: form-data; name=file; {}", test.head), "x") + "--XyZ--";
    const auto outcome = read(body, collector);
    ASSERT_TRUE(outcome) << test.head << describe(outcome.error());
    EXPECT_EQ(collector.parts[0].head.filename, test.name) << test.head;
  }
}

TEST(Multipart, RefusesWhatCannotBeRead) {
  const std::string ok = "Content-Disposition: form-data; name=a";
  const struct {
    std::string body;
    std::string_view why;
  } cases[] = {
      {"", "holds no part"},
      {"hello", "holds no part"},
      {part(ok, "x"), "before its closing boundary"},
      {"--XyZ\r\n" + ok, "before its closing boundary"},
      {"--XyZ-x\r\n", "something else than a line end"},
      {"--XyZ\n" + ok + "\n\nx\n--XyZ--", "holds no part"},
      {part("Content-Type: text/plain", "x"), "no Content-Disposition"},
      {part("Content-Disposition: attachment; name=a", "x"), "must be form-data"},
      {part("Content-Disposition: form-data", "x"), "no name"},
      {part("Content-Disposition: form-data; name=\"a", "x"), "no closing quote"},
      {part("Content-Disposition: form-data; name=a; name=b", "x"), "given twice"},
      {part(ok + "\r\n" + ok, "x"), "two Content-Dispositions"},
      {part("nonsense", "x"), "not of the form name: value"},
      {part(ok + "\r\nContent-Transfer-Encoding: base64", "x"), "transfer encoding"},
      {part("Content-Disposition: form-data; name=\"\xff\"", "x"), "no UTF-8 text"},
      {part(ok + "; filename*=UTF-8''%zz", "x"), "two hex digits"},
      {part(ok + "; filename*=koi8-r''x", "x"), "UTF-8 or ISO-8859-1"},
  };
  for (const auto& test : cases) {
    Collector collector;
    const auto outcome = read(test.body, collector);
    ASSERT_FALSE(outcome) << test.body;
    EXPECT_EQ(outcome.error().code, ErrorCode::InvalidInput) << test.body;
    EXPECT_NE(outcome.error().message.find(test.why), std::string::npos) << test.body << ": " << outcome.error().message;
  }
}

TEST(Multipart, KeepsItsLimits) {
  const MultipartLimits limits{.parts_max = 2, .head_bytes_max = 64, .preamble_bytes_max = 16};
  const std::string small = part("Content-Disposition: form-data; name=a", "x");
  for (const auto& [body, is_taken] : {std::pair{small + small + "--XyZ--", true},
                                       {small + small + small + "--XyZ--", false},
                                       {part(std::string(70, 'a') + ": b", "x") + "--XyZ--", false},
                                       {"0123456789abc\r\n" + small + "--XyZ--", true},
                                       {"0123456789abcdefgh\r\n" + small + "--XyZ--", false}}) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, body.size()}) {
      Collector collector;
      const auto outcome = read(body, collector, piece, limits);
      EXPECT_EQ(outcome.has_value(), is_taken) << body << piece;
      if (!outcome) { EXPECT_EQ(outcome.error().code, ErrorCode::TooLarge); }
    }
  }
}

TEST(Multipart, AnErrorOfTheSinkEndsTheReading) {
  Collector collector;
  collector.fails = true;
  const auto outcome = read(purpose + "--XyZ--", collector);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message, "the disk is full");
}

TEST(Multipart, Boundaries) {
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=abc").value(), "abc");
  EXPECT_EQ(multipart_boundary("Multipart/Form-Data; charset=utf-8; Boundary=\"a b:c\"").value(), "a b:c");
  for (const auto* bad : {"", "application/json", "multipart/mixed; boundary=a", "multipart/form-data",
                          "multipart/form-data; boundary=\"\"", "multipart/form-data; boundary=\"a \"",
                          "multipart/form-data; boundary=a;boundary=b", "multipart/form-data; boundary=\"a\xc3\xa4\""}) {
    EXPECT_FALSE(multipart_boundary(bad)) << bad;
  }
  EXPECT_FALSE(multipart_boundary("multipart/form-data; boundary=" + std::string(71, 'a')));
}

}  // namespace
}  // namespace millwright::io::http
