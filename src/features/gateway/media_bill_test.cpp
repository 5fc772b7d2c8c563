#include "features/gateway/media_bill.hpp"

#include <gtest/gtest.h>

namespace millwright::gateway {
namespace {

using finops::ModelPrice;
using finops::TokenCounts;

UnitPrice usd(std::string_view text) { return parse_unit_price(std::string(text)).value(); }

ModelPrice by_tokens() {
  ModelPrice price;
  price.input = usd("5 USD/Mtok");
  price.image_in = usd("10 USD/Mtok");
  price.output = price.image_out = price.audio_out = usd("40 USD/Mtok");
  price.audio_in = usd("6 USD/Mtok");
  return price;
}
ModelPrice by_piece() {
  ModelPrice price;
  price.images = {{"standard", "1024x1024", usd("0.04 USD/unit")}, {"hd", "1024x1024", usd("0.08 USD/unit")}};
  price.audio_second = usd("0.0001 USD/unit");
  price.character = usd("15 USD/Munit");
  return price;
}

std::string cost(const MediaBill& bill) { return render_decimal(finops::cost_of(bill.tokens, bill.price)); }

MediaFacts facts_of(std::string_view answer) {
  MediaFacts facts;
  note_media(parse_json_object(answer).value(), facts);
  return facts;
}

TEST(MediaBill, ImagesByThePieceOfTheQualityAndSizeThatCame) {
  MediaRequest request;
  request.images = 2;
  const auto bill = [&](std::string_view answer) {
    return bill_of_media(Operation::Images, request, 10, {}, facts_of(answer), by_piece());
  };
  EXPECT_EQ(cost(bill(R"({"data":[{},{}]})")), "0.08") << "unsaid: what is documented as the default";
  EXPECT_EQ(cost(bill(R"({"data":[{}],"quality":"hd"})")), "0.08");
  EXPECT_FALSE(bill(R"({"data":[{}]})").is_estimated);
  request.quality = "auto";
  EXPECT_EQ(cost(bill(R"({"data":[{},{}]})")), "0.16") << "the model chose, and did not say: the dearest";
  EXPECT_EQ(cost(bill(R"({})")), "0.16");
  EXPECT_TRUE(bill(R"({})").is_estimated) << "nothing came";
}

TEST(MediaBill, TokensThatWereReportedGoFirst) {
  const TokenCounts reported{.input = 10, .image_in = 5, .image_out = 272};
  auto price = by_tokens();
  price.images = by_piece().images;
  const auto bill = bill_of_media(Operation::Images, {}, 40, reported, facts_of(R"({"data":[{}]})"), price);
  EXPECT_EQ(bill.tokens, reported);
  EXPECT_EQ(bill.price, price);
  EXPECT_FALSE(bill.is_estimated);
  EXPECT_TRUE(bill_of_media(Operation::Images, {}, 40, reported, facts_of(R"({"data":[{}],"svg_usage":{}})"), price)
                  .is_estimated);
}

TEST(MediaBill, SoundByTheSecondThatIsKnownBest) {
  MediaRequest request;
  request.audio_ms_max = 1'500;
  request.is_audio_length_known = true;
  const auto bill = [&](std::string_view answer) {
    return bill_of_media(Operation::Transcriptions, request, 0, {}, facts_of(answer), by_piece());
  };
  EXPECT_EQ(cost(bill(R"({"usage":{"type":"duration","seconds":9}})")), "0.0009");
  EXPECT_EQ(cost(bill(R"({"duration":8.2,"usage":{"type":"duration","seconds":9}})")), "0.0009");
  EXPECT_EQ(cost(bill(R"({"duration":8.2})")), "0.0009");
  EXPECT_EQ(cost(bill(R"({"text":"x"})")), "0.0002") << "a second that has begun";
  EXPECT_FALSE(bill(R"({"text":"x"})").is_estimated);
  request.is_audio_length_known = false;
  request.audio_ms_max = 80'000;
  EXPECT_EQ(cost(bill(R"({"text":"x"})")), "0.001");
  EXPECT_TRUE(bill(R"({"text":"x"})").is_estimated);
}

TEST(MediaBill, SpeechByTheCharacterElseByTokens) {
  MediaRequest request;
  request.characters = 1'000;
  const TokenCounts reported{.input = 250, .audio_out = 1'000};
  EXPECT_EQ(cost(bill_of_media(Operation::Speech, request, 1'000, {}, {}, by_piece())), "0.015");
  EXPECT_FALSE(bill_of_media(Operation::Speech, request, 1'000, {}, {}, by_piece()).is_estimated);
  EXPECT_EQ(bill_of_media(Operation::Speech, request, 1'000, reported, {}, by_tokens()).tokens, reported);
  const auto guessed = bill_of_media(Operation::Speech, request, 1'000, {}, {}, by_tokens());
  EXPECT_TRUE(guessed.is_estimated);
  EXPECT_GT(guessed.tokens.audio_out, 0);
}

TEST(MediaBill, NeverFreeWithoutAReport) {
  for (const auto operation : {Operation::Images, Operation::ImageEdits, Operation::Speech, Operation::Translations}) {
    MediaRequest request;
    request.characters = 4;
    request.audio_ms_max = 3'000;
    const auto bill = bill_of_media(operation, request, 4, {}, {}, by_tokens());
    EXPECT_TRUE(bill.is_estimated);
    EXPECT_GT(finops::cost_of(bill.tokens, bill.price), Money());
  }
}

TEST(MediaWorstCase, IsNeverBelowWhatAnAnswerCosts) {
  const ModelConfig model;
  for (const auto operation :
       {Operation::Images, Operation::ImageEdits, Operation::Speech, Operation::Transcriptions}) {
    for (const auto& price : {by_tokens(), by_piece()}) {
      for (const auto* quality : {"", "low", "hd"}) {
        MediaRequest request;
        request.images = 3;
        request.quality = quality;
        request.partial_images = 2;
        request.characters = 40;
        request.audio_ms_max = 61'300;
        request.is_audio_length_known = true;
        const auto most = worst_case_of_media(operation, request, 40, model, price, {});
        const auto guessed = bill_of_media(operation, request, 40, {}, {}, price);
        EXPECT_GE(most, finops::cost_of(guessed.tokens, guessed.price)) << static_cast<int>(operation) << quality;
      }
    }
  }
}

TEST(ImageTokensMax, HoldsWhatOpenAiDocuments) {
  const struct {
    const char *quality, *size;
    std::int64_t tokens;
  } documented[] = {{"low", "1024x1024", 272},      {"low", "1024x1536", 408},    {"medium", "1024x1024", 1'056},
                    {"medium", "1024x1536", 1'584}, {"high", "1024x1024", 4'160}, {"high", "1024x1536", 6'240},
                    {"high", "auto", 6'240}};
  for (const auto& each : documented) {
    EXPECT_GE(image_tokens_max(each.quality, each.size), each.tokens) << each.quality << each.size;
    EXPECT_LE(image_tokens_max(each.quality, each.size), each.tokens * 2) << each.quality << each.size;
  }
  EXPECT_GT(image_tokens_max("max", "1024x1024"), image_tokens_max("high", "1024x1024"));
  EXPECT_EQ(image_tokens_max("high", "huge"), image_tokens_max("high", "3840x2160"));
}

}  // namespace
}  // namespace millwright::gateway
