#include "extensions/providers/openai_media.hpp"

#include <gtest/gtest.h>

namespace millwright::extensions {
namespace {

using finops::TokenCounts;
using gateway::Operation;

std::optional<TokenCounts> read(Operation operation, std::string_view text) {
  return read_openai_media_usage(operation, parse_json_object(text).value());
}

TEST(OpenAiMediaUsage, MetersAreDisjoint) {
  const auto image = read(Operation::Images, R"({"usage":{"input_tokens":100,"output_tokens":300,"total_tokens":400,
    "input_tokens_details":{"text_tokens":30,"image_tokens":70}}})");
  ASSERT_TRUE(image);
  EXPECT_EQ(*image, (TokenCounts{.input = 30, .image_in = 70, .image_out = 300}));
  const auto told_apart = read(Operation::ImageEdits, R"({"usage":{"input_tokens":10,"output_tokens":300,
    "output_tokens_details":{"text_tokens":20,"image_tokens":280}},
    "svg_usage":{"input_tokens":5,"output_tokens":50,"reasoning_tokens":40}})");
  EXPECT_EQ(*told_apart, (TokenCounts{.input = 15, .output = 30, .reasoning = 40, .image_out = 280}));
  const auto heard = read(Operation::Transcriptions, R"({"usage":{"type":"tokens","input_tokens":14,"output_tokens":45,
    "input_token_details":{"text_tokens":4,"audio_tokens":10}}})");
  EXPECT_EQ(*heard, (TokenCounts{.input = 4, .output = 45, .audio_in = 10}));
  const auto spoken =
      read(Operation::Speech, R"({"type":"speech.audio.done","usage":{"input_tokens":7,"output_tokens":90}})");
  EXPECT_EQ(*spoken, (TokenCounts{.input = 7, .audio_out = 90}));
}

TEST(OpenAiMediaUsage, WhatMakesNoSenseIsBounded) {
  const auto image = read(Operation::Images, R"({"usage":{"input_tokens":10,"output_tokens":-3,
    "input_tokens_details":{"image_tokens":70,"cached_tokens":5}}})");
  EXPECT_EQ(*image, (TokenCounts{.image_in = 10}));
  EXPECT_FALSE(read(Operation::Transcriptions, R"({"usage":{"type":"duration","seconds":9}})"));
  EXPECT_FALSE(read(Operation::Images, R"({"data":[]})"));
  EXPECT_FALSE(read(Operation::Images, R"({"usage":null})"));
}

TEST(OpenAiForm, SendsFilesAsTheyCameAndFieldsAsTheyAreNow) {
  const io::http::Form form{{"model", {}, {}, "desk"},
                            {"include[]", {}, {}, "a"},
                            {"file", "x.wav", "audio/wav", std::string("\0\r\n--", 5)},
                            {"include[]", {}, {}, "b"},
                            {"prompt", {}, {}, "mail ada@example.com"}};
  const json::object body{{"model", "whisper-1"}, {"include[]", json::array{"a", "b"}}, {"prompt", "mail [EMAIL]"}};
  std::string boundary;
  const auto text = render_openai_form(form, body, boundary);
  auto sent = io::http::parse_form("multipart/form-data; boundary=" + boundary, text);
  ASSERT_TRUE(sent) << describe(sent.error());
  ASSERT_EQ(sent->size(), 5u);
  EXPECT_EQ((*sent)[0].content, "whisper-1");
  EXPECT_EQ((*sent)[1].content, "a");
  EXPECT_EQ((*sent)[2].content, std::string_view("\0\r\n--", 5));
  EXPECT_EQ((*sent)[2].content_type, "audio/wav");
  EXPECT_EQ((*sent)[3].content, "b");
  EXPECT_EQ((*sent)[4].content, "mail [EMAIL]");
}

}  // namespace
}  // namespace millwright::extensions
