#include "io/http/multipart.hpp"

#include <gtest/gtest.h>

namespace millwright::io::http {
namespace {

constexpr std::string_view type = "multipart/form-data; boundary=b1";

std::string part(std::string_view headers, std::string_view content) {
  return fmt::format("--b1\r\n{}\r\n\r\n{}\r\n", headers, content);
}
std::string field(std::string_view name, std::string_view content) {
  return part(fmt::format("Content-Disposition: form-data; name=\"{}\"", name), content);
}

TEST(Form, ReadsFieldsAndFilesByteForByte) {
  const std::string bytes("\r\n--b\0\xff--b\r\n", 12);
  auto form = parse_form(type, field("model", "whisper") +
                                   part("Content-Disposition: form-data; name=\"file\"; filename=\"a\\\"b.wav\"\r\n"
                                        "content-type: audio/wav\r\nX-Other: 1", bytes) +
                                   field("empty", "") + "--b1--\r\n");
  ASSERT_TRUE(form) << describe(form.error());
  ASSERT_EQ(form->parts.size(), 3u);
  EXPECT_EQ(form->parts[0].name, "model");
  EXPECT_FALSE(form->parts[0].file_name);
  EXPECT_EQ(form->parts[0].content, "whisper");
  EXPECT_EQ(form->parts[1].file_name, "a\\\"b.wav");
  EXPECT_EQ(form->parts[1].content_type, "audio/wav");
  EXPECT_EQ(form->parts[1].content, bytes);
  EXPECT_EQ(form->parts[2].content, "");
}

TEST(Form, WhatIsWrittenReadsTheSame) {
  auto form = parse_form(type, field("a", "1") + part("Content-Disposition: form-data; name=f; filename=x", "zz") + "--b1--");
  ASSERT_TRUE(form) << describe(form.error());
  std::vector<std::string_view> contents;
  for (const auto& each : form->parts) contents.push_back(each.content);
  const auto boundary = choose_boundary(contents);
  std::string body;
  for (const auto& each : form->parts) append_form_part(body, boundary, each);
  append_form_end(body, boundary);
  auto again = parse_form("multipart/form-data; charset=x; boundary=\"" + boundary + "\"", body);
  ASSERT_TRUE(again) << describe(again.error());
  ASSERT_EQ(again->parts.size(), 2u);
  EXPECT_EQ(again->parts[1].name, "f");
  EXPECT_EQ(again->parts[1].file_name, "x");
  EXPECT_EQ(again->parts[1].content, "zz");
}

TEST(Form, RefusesWhatTwoParsersCouldReadDifferently) {
  const struct {
    const char* why;
    std::string content_type, body;
  } cases[] = {
      {"no boundary", "multipart/form-data", "--b1--"},
      {"two boundaries", "multipart/form-data; boundary=b1; boundary=b2", "--b1--"},
      {"a boundary of odd characters", "multipart/form-data; boundary=\"b\x01\"", "--b1--"},
      {"another type", "application/json", "{}"},
      {"text before", std::string(type), "hello\r\n" + field("a", "1") + "--b1--"},
      {"no end", std::string(type), field("a", "1")},
      {"a part cut short", std::string(type), "--b1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nabc"},
      {"text behind", std::string(type), field("a", "1") + "--b1--\r\nmore"},
      {"a boundary that goes on", std::string(type), field("a", "1\r\n--b1x") + "--b1--"},
      {"no disposition", std::string(type), part("Content-Type: text/plain", "1") + "--b1--"},
      {"no name", std::string(type), part("Content-Disposition: form-data", "1") + "--b1--"},
      {"two names", std::string(type), part("Content-Disposition: form-data; name=a; name=b", "1") + "--b1--"},
      {"two dispositions", std::string(type), part("Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b", "1") + "--b1--"},
      {"an attachment", std::string(type), part("Content-Disposition: attachment; name=a", "1") + "--b1--"},
      {"an encoding", std::string(type), part("Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64", "MQ==") + "--b1--"},
      {"an open quote", std::string(type), part("Content-Disposition: form-data; name=\"a", "1") + "--b1--"},
      {"a bare line feed", std::string(type), "--b1\nContent-Disposition: form-data; name=\"a\"\n\n1\n--b1--"},
      {"a line feed in a header", std::string(type), part("Content-Disposition: form-data; name=\"a\"\nX: y", "1") + "--b1--"},
  };
  for (const auto& each : cases) EXPECT_FALSE(parse_form(each.content_type, each.body)) << each.why;
}

TEST(Form, KeepsItsLimits) {
  std::string many;
  for (int i = 0; i < 4; ++i) many += field("a", "12345");
  EXPECT_EQ(parse_form(type, many + "--b1--", {3, 4096, 100}).error().code, ErrorCode::TooLarge);
  auto long_field = parse_form(type, field("prompt", "12345") + "--b1--", {3, 4096, 4});
  ASSERT_FALSE(long_field);
  EXPECT_EQ(long_field.error().code, ErrorCode::TooLarge);
  EXPECT_EQ(long_field.error().where.field, "prompt");
  EXPECT_FALSE(parse_form(type, field(std::string(300, 'n'), "1") + "--b1--", {3, 200, 100}));
  EXPECT_TRUE(parse_form(type, part("Content-Disposition: form-data; name=f; filename=x", "12345") + "--b1--", {3, 4096, 4}));
}

}  // namespace
}  // namespace millwright::io::http
