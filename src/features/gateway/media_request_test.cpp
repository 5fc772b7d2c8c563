#include <gtest/gtest.h>

#include "features/gateway/chat.hpp"

namespace millwright::gateway {
namespace {

Result<ChatRequest> parse(Operation operation, std::string_view text) {
  return parse_media_request(operation, parse_json_object(text).value(), nullptr);
}

io::http::FormPart field(std::string name, std::string value) { return {std::move(name), {}, {}, std::move(value)}; }
io::http::FormPart file(std::string name, std::string value) { return {std::move(name), "f", {}, std::move(value)}; }

Result<ChatRequest> parse(Operation operation, std::vector<io::http::FormPart> parts) {
  return parse_media_request(operation, {}, std::make_shared<const io::http::Form>(std::move(parts)));
}

TEST(MediaRequest, ReadsWhatTheCostDependsOn) {
  auto images = parse(
      Operation::Images,
      R"({"model":"m","prompt":"four","n":3,"quality":"hd","size":"64x64","stream":true,"partial_images":2,"output_format":"gif","other":{"x":1}})");
  ASSERT_TRUE(images) << describe(images.error());
  EXPECT_EQ(images->media.images, 3);
  EXPECT_EQ(images->media.quality, "hd");
  EXPECT_EQ(images->media.size, "64x64");
  EXPECT_EQ(images->media.partial_images, 2);
  EXPECT_EQ(images->media.frames, 9);
  EXPECT_TRUE(images->is_streamed);
  EXPECT_TRUE(images->body.contains("other"));
  auto speech = parse(Operation::Speech,
                      R"({"model":"m","input":"Köln","voice":{"id":"v"},"speed":0.5,"response_format":"wav"})");
  ASSERT_TRUE(speech) << describe(speech.error());
  EXPECT_EQ(speech->media.characters, 4);
  EXPECT_EQ(speech->media.speed, 0.5);
  EXPECT_EQ(speech->media.format, "wav");
  EXPECT_TRUE(speech->is_streamed);
}

TEST(MediaRequest, ReadsFormsWhoseNumbersAreTexts) {
  auto edit = parse(Operation::ImageEdits,
                    {field("model", "m"), field("prompt", "hat"), field("n", "2"), field("stream", "true"),
                     file("image[]", "a"), file("image[]", "b"), file("mask", "c")});
  ASSERT_TRUE(edit) << describe(edit.error());
  EXPECT_EQ(edit->media.images, 2);
  EXPECT_EQ(edit->media.input_images, 3);
  EXPECT_TRUE(edit->is_streamed);
  auto heard = parse(Operation::Transcriptions,
                     {field("model", "m"), field("include[]", "a"), field("include[]", "b"), file("file", "sound")});
  ASSERT_TRUE(heard) << describe(heard.error());
  EXPECT_EQ(json::serialize(heard->body), R"({"model":"m","include[]":["a","b"]})");
  EXPECT_FALSE(heard->media.is_audio_length_known);
  EXPECT_FALSE(heard->is_streamed);
}

TEST(MediaRequest, NamesTheFieldThatIsWrong) {
  const struct {
    Operation operation;
    const char *text, *field;
  } cases[] = {
      {Operation::Images, R"({"prompt":"x"})", "model"},
      {Operation::Images, R"({"model":"m","prompt":""})", "prompt"},
      {Operation::Images, R"({"model":"m","prompt":"x","n":"two"})", "n"},
      {Operation::Images, R"({"model":"m","prompt":"x","n":1.5})", "n"},
      {Operation::Images, R"({"model":"m","prompt":"x","n":1000})", "n"},
      {Operation::Images, R"({"model":"m","prompt":"x","partial_images":-1})", "partial_images"},
      {Operation::Images, R"({"model":"m","prompt":"x","quality":["hd"]})", "quality"},
      {Operation::ImageEdits, R"({"model":"m","prompt":"x"})", "image"},
      {Operation::ImageVariations, R"({"model":"m"})", "image"},
      {Operation::Speech, R"({"model":"m","input":["x"]})", "input"},
      {Operation::Speech, R"({"model":"m","input":"x","speed":0})", "speed"},
      {Operation::Speech, R"({"model":"m","input":"x","stream_format":1})", "stream_format"},
      {Operation::Translations, R"({"model":"m"})", "file"},
  };
  for (const auto& each : cases) {
    const auto request = parse(each.operation, each.text);
    ASSERT_FALSE(request) << each.text;
    EXPECT_EQ(request.error().where.field, each.field) << each.text;
  }
  EXPECT_EQ(parse(Operation::Transcriptions, {field("model", "a"), field("model", "b"), file("file", "x")})
                .error()
                .where.field,
            "model");
  EXPECT_EQ(parse(Operation::Transcriptions, {field("model", "a"), field("file", "x")}).error().where.field, "file");
  EXPECT_EQ(
      parse(Operation::Transcriptions, {field("model", "a"), file("file", "x"), file("file", "y")}).error().where.field,
      "file");
  EXPECT_EQ(parse(Operation::Transcriptions, {field("model", "a"), field("prompt", "\xff"), file("file", "x")})
                .error()
                .where.field,
            "prompt");
}

}  // namespace
}  // namespace millwright::gateway
