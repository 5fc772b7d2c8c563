#include <gtest/gtest.h>

#include "features/finops/finops.hpp"

namespace millwright::finops {
namespace {

UnitPrice usd(std::string_view text) { return parse_unit_price(std::string(text) + " USD/unit").value(); }

ModelPrice price() {
  ModelPrice made;
  made.images = {{"standard", "1024x1024", usd("0.04")},
                 {"standard", "1024x1792", usd("0.08")},
                 {"hd", "1024x1024", usd("0.08")},
                 {"hd", "1024x1792", usd("0.12")}};
  made.version = version_of(made);
  return made;
}

TEST(ByImage, TakesTheClosestElseTheDearestThatItMayBe) {
  const struct {
    const char *quality, *size, *usd;
    bool is_unpriced;
  } cases[] = {
      {"standard", "1024x1024", "0.04", false}, {"hd", "1024x1792", "0.12", false}, {"hd", "", "0.12", false},
      {"", "1024x1024", "0.08", false},         {"auto", "auto", "0.12", false},    {"hd", "64x64", "0.12", true},
      {"ultra", "1024x1024", "0.12", true},
  };
  for (const auto& each : cases) {
    const auto one = by_image(price(), each.quality, each.size);
    ASSERT_TRUE(one);
    EXPECT_EQ(one->image_out, usd(each.usd)) << each.quality << " " << each.size;
    EXPECT_EQ(one->is_unpriced, each.is_unpriced) << each.quality << " " << each.size;
    EXPECT_EQ(one->output, UnitPrice());
  }
  auto any = price();
  any.images.push_back({"", "", usd("0.02")});
  EXPECT_EQ(by_image(any, "low", "256x256")->image_out, usd("0.02"));
  EXPECT_EQ(by_image(any, "hd", "1024x1024")->image_out, usd("0.08"));
  EXPECT_FALSE(by_image(ModelPrice(), "hd", "1024x1024"));
}

TEST(PriceLike, FindsTheSameKindInANewerPrice) {
  auto newer = price();
  for (auto& image : newer.images) image.price.nano_per_million *= 2;
  newer.audio_second = usd("0.0001");
  newer.character = usd("0.000015");
  newer.version = version_of(newer);
  const auto old = by_image(price(), "hd", "1024x1792");
  const auto found = price_like(newer, old->version);
  EXPECT_EQ(found.image_out, usd("0.24"));
  EXPECT_EQ(found.version, newer.version + "@image:hd/1024x1792");
  EXPECT_EQ(price_like(newer, "p-0@second").audio_in.nano_per_million * 1000, newer.audio_second.nano_per_million);
  EXPECT_EQ(price_like(newer, "p-0@character").input, newer.character);
  EXPECT_EQ(price_like(newer, "p-0"), newer);
  EXPECT_EQ(price_like(price(), "p-0@second"), price()) << "no longer billed so";
}

TEST(VersionOf, KnowsMediaAndLeavesOthersAsTheyWere) {
  auto other = price();
  other.images[0].price = usd("0.05");
  EXPECT_NE(version_of(other), version_of(price()));
  ModelPrice heard;
  heard.audio_second = usd("0.0001");
  EXPECT_NE(version_of(heard), version_of(ModelPrice()));
}

}  // namespace
}  // namespace millwright::finops
