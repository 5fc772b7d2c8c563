#include "io/http/form.hpp"

#include <gtest/gtest.h>

namespace millwright::io::http {
namespace {

std::string body_of(const Form& form) {
  std::string body;
  for (const auto& part : form) append_form_part(body, "b1", part, part.content);
  append_form_end(body, "b1");
  return body;
}

TEST(Form, WhatIsWrittenReadsTheSame) {
  std::string bytes("\r\n--b\0\xff--b\r\n", 12);
  bytes += std::string(600'000, 'z');
  const Form form{{"model", {}, {}, "whisper"},
                  {"file", "a b.wav", "audio/wav", bytes},
                  {"empty", {}, {}, ""},
                  {"none", "", {}, ""}};
  auto again = parse_form("multipart/form-data; charset=x; boundary=\"b1\"", body_of(form));
  ASSERT_TRUE(again) << describe(again.error());
  ASSERT_EQ(again->size(), form.size());
  for (std::size_t i = 0; i < form.size(); ++i) {
    EXPECT_EQ((*again)[i].name, form[i].name);
    EXPECT_EQ((*again)[i].file_name, form[i].file_name);
    EXPECT_EQ((*again)[i].content_type, form[i].content_type);
    EXPECT_TRUE((*again)[i].content == form[i].content) << i;
  }
}

TEST(Form, NamesCannotBreakOut) {
  const Form form{{"a\"\r\nX: y", "f\"; name=\"b", {}, "1"}};
  auto again = parse_form("multipart/form-data; boundary=b1", body_of(form));
  ASSERT_TRUE(again) << describe(again.error());
  ASSERT_EQ(again->size(), 1u);
  EXPECT_EQ(again->front().name, "a%22%0D%0AX: y");
  EXPECT_EQ(again->front().file_name, "f%22; name=%22b");
}

TEST(Form, KeepsItsLimits) {
  const Form form{{"prompt", {}, {}, "12345"}, {"file", "f", {}, "12345"}};
  auto long_field = parse_form("multipart/form-data; boundary=b1", body_of(form), {3, 4});
  ASSERT_FALSE(long_field);
  EXPECT_EQ(long_field.error().code, ErrorCode::TooLarge);
  EXPECT_EQ(long_field.error().where.field, "prompt");
  EXPECT_TRUE(parse_form("multipart/form-data; boundary=b1", body_of({form[1]}), {3, 4}));
  EXPECT_EQ(parse_form("multipart/form-data; boundary=b1", body_of({form[1], form[1]}), {1, 4}).error().code,
            ErrorCode::TooLarge);
  EXPECT_FALSE(parse_form("multipart/form-data; boundary=b1", "--b1\r\n"));
  EXPECT_FALSE(parse_form("application/json", "{}"));
}

TEST(ChooseBoundary, IsInNoContent) {
  const auto first = choose_boundary({});
  EXPECT_NE(choose_boundary({first, "x"}), first);
}

}  // namespace
}  // namespace millwright::io::http
