#include "extensions/providers/aws_event_stream.hpp"

#include <random>

#include <gmock/gmock.h>

#include "base/text.hpp"

namespace millwright::extensions {
namespace {

using testing::HasSubstr;

std::string word(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

/// A message around a block of headers, with right checksums.
std::string wrap(std::string_view headers, std::string_view payload) {
  std::string text = word(static_cast<std::uint32_t>(16 + headers.size() + payload.size())) +
                     word(static_cast<std::uint32_t>(headers.size()));
  text += word(crc32_of(text));
  text += headers;
  text += payload;
  return text + word(crc32_of(text));
}

/// Every message, then how it ended.
std::string read(std::string_view bytes, std::size_t piece) {
  AwsEventParser parser;
  std::string text;
  AwsEvent event;
  while (!bytes.empty()) {
    parser.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (;;) {
      const auto is_one = parser.next(event);
      if (!is_one) return text + is_one.error().message;
      if (!*is_one) break;
      for (const auto& header : event.headers) text += header.name + ",";
      text += fmt::format("{}:{}\n", event.text(":event-type"), event.payload);
    }
  }
  return text + (parser.is_amid_message() ? "amid a message" : "at an end");
}

TEST(AwsEventStream, TheChecksumIsTheUsualOne) {
  EXPECT_EQ(crc32_of("123456789"), 0xCBF43926u);
  EXPECT_EQ(crc32_of(""), 0u);
}

TEST(AwsEventStream, ReadsTheMessagesOfTheFormatsOwnTestSuite) {
  const auto empty = *from_hex("000000100000000005c248eb7d98c8ff");
  EXPECT_EQ(read(empty, 100), ":\nat an end");
  const auto payload = *from_hex("0000001d00000000fd528c5a7b27666f6f273a27626172277dc3653936");
  EXPECT_EQ(read(payload, 100), ":{'foo':'bar'}\nat an end");
}

TEST(AwsEventStream, ReadsHeadersOfEveryType) {
  const std::string_view block(
      "\x01t\x00"
      "\x01"
      "f\x01"
      "\x01"
      "b\x02\xFF"
      "\x01s\x03\x80\x00"
      "\x01i\x04\x00\x00\x01\x00"
      "\x01l\x05\x00\x00\x00\x00\x00\x00\x00\x07"
      "\x01y\x06\x00\x02\x00\x01"
      "\x01x\x07\x00\x02hi"
      "\x01"
      "d\x08\x00\x00\x00\x00\x00\x00\x00\x08"
      "\x01u\x09"
      "0123456789abcdef",
      3 + 3 + 4 + 5 + 7 + 11 + 7 + 7 + 11 + 19);
  AwsEventParser parser;
  parser.feed(wrap(block, "p"));
  AwsEvent event;
  ASSERT_TRUE(parser.next(event).value());
  ASSERT_EQ(event.headers.size(), 10);
  EXPECT_EQ(std::get<bool>(event.headers[0].value), true);
  EXPECT_EQ(std::get<bool>(event.headers[1].value), false);
  EXPECT_EQ(std::get<std::int64_t>(event.headers[2].value), -1);
  EXPECT_EQ(std::get<std::int64_t>(event.headers[3].value), -32'768);
  EXPECT_EQ(std::get<std::int64_t>(event.headers[4].value), 256);
  EXPECT_EQ(std::get<std::int64_t>(event.headers[5].value), 7);
  EXPECT_EQ(std::get<std::string>(event.headers[6].value), std::string_view("\x00\x01", 2));
  EXPECT_EQ(event.text("x"), "hi");
  EXPECT_EQ(std::get<std::int64_t>(event.headers[8].value), 8);
  EXPECT_EQ(event.text("u"), "0123456789abcdef");
  EXPECT_EQ(event.text("i"), "");
  EXPECT_EQ(event.text("none"), "");
}

TEST(AwsEventStream, EveryCuttingGivesTheSameMessages) {
  std::string bytes;
  for (int i = 0; i < 20; ++i) bytes += make_aws_event({{":event-type", "e" + std::to_string(i)}, {"k", ""}}, std::string(i * 7, 'x'));
  const auto whole = read(bytes, bytes.size());
  EXPECT_THAT(whole, HasSubstr("at an end"));
  for (std::size_t piece = 1; piece < 40; ++piece) ASSERT_EQ(read(bytes, piece), whole) << piece;
}

TEST(AwsEventStream, EveryFlippedBitIsFound) {
  const auto message = make_aws_event({{":event-type", "metadata"}}, R"({"usage":{"inputTokens":7}})");
  for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
    auto broken = message;
    broken[bit / 8] = static_cast<char>(broken[bit / 8] ^ (1 << bit % 8));
    EXPECT_THAT(read(broken, broken.size()), HasSubstr("makes no sense")) << bit;
  }
}

TEST(AwsEventStream, WhatStandsInFrontOfAFaultIsStillRead) {
  auto bytes = make_aws_event({{":event-type", "a"}}, "1") + make_aws_event({{":event-type", "b"}}, "2");
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{9}, bytes.size()}) {
    EXPECT_THAT(read(bytes, piece), testing::StartsWith(":event-type,a:1\n")) << piece;
  }
}

TEST(AwsEventStream, SizesAreBounded) {
  const auto head = [](std::uint32_t total, std::uint32_t headers) {
    auto text = word(total) + word(headers);
    return text + word(crc32_of(text));
  };
  EXPECT_THAT(read(head(0xFFFFFFFF, 0), 100), HasSubstr("too large"));
  EXPECT_THAT(read(head(40u << 20, 0), 100), HasSubstr("too large"));
  EXPECT_THAT(read(head(1u << 20, 200u << 10), 100), HasSubstr("headers of a message are too large"));
  EXPECT_THAT(read(head(15, 0), 100), HasSubstr("shorter"));
  EXPECT_THAT(read(head(20, 10), 100), HasSubstr("shorter"));
  EXPECT_EQ(read(head(24u << 20, 0), 100), "amid a message");
}

TEST(AwsEventStream, HeadersThatCannotBeReadAreAFault) {
  for (const std::string_view block : {std::string_view("\x00", 1), std::string_view("\x05"
                                                                                     "ab"),
                                       std::string_view("\x01"
                                                        "a\x0A"),
                                       std::string_view("\x01"
                                                        "a\x07\x00\x09x",
                                                        6),
                                       std::string_view("\x01"
                                                        "a\x04\x00",
                                                        4)}) {
    EXPECT_THAT(read(wrap(block, ""), 100), HasSubstr("a header cannot be read"));
  }
}

}  // namespace
}  // namespace millwright::extensions
