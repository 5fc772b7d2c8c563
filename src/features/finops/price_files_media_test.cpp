#include "features/finops/price_files_media.hpp"

#include <gtest/gtest.h>

#include "features/finops/finops.hpp"

namespace millwright::finops {
namespace {

constexpr std::string_view litellm = R"({
  "standard/1024-x-1024/dall-e-3": {"litellm_provider": "openai", "mode": "image_generation", "input_cost_per_pixel": 3.81469e-08, "output_cost_per_pixel": 0.0},
  "hd/1024-x-1792/dall-e-3": {"litellm_provider": "openai", "mode": "image_generation", "input_cost_per_pixel": 6.539e-08, "output_cost_per_pixel": 0.0},
  "gpt-image-1": {"litellm_provider": "openai", "mode": "image_generation", "input_cost_per_token": 5e-06, "input_cost_per_image_token": 1e-05, "output_cost_per_image_token": 4e-05},
  "low/1024-x-1024/gpt-image-1": {"litellm_provider": "openai", "mode": "image_generation", "input_cost_per_image": 0.011},
  "azure/hd/1024-x-1024/dall-e-3": {"litellm_provider": "azure", "mode": "image_generation", "input_cost_per_pixel": 7.62939e-08},
  "together_ai/flux": {"litellm_provider": "together_ai", "mode": "image_generation", "output_cost_per_image": 0.003},
  "whisper-1": {"litellm_provider": "openai", "mode": "audio_transcription", "input_cost_per_second": 0.0001, "output_cost_per_second": 0.0001},
  "tts-1": {"litellm_provider": "openai", "mode": "audio_speech", "input_cost_per_character": 1.5e-05},
  "gpt-4o-transcribe": {"litellm_provider": "openai", "mode": "audio_transcription", "input_cost_per_token": 2.5e-06, "input_cost_per_audio_token": 6e-06, "output_cost_per_token": 1e-05}
})";

const PriceRow* find_row(const ParsedPrices& parsed, std::string_view vendor, std::string_view model) {
  const auto found = std::ranges::find_if(
      parsed.rows, [&](const PriceRow& row) { return row.vendor == vendor && row.model == model; });
  return found == parsed.rows.end() ? nullptr : &*found;
}

std::string image(const PriceRow& row, std::string_view quality, std::string_view size) {
  return render_decimal(cost_of({.image_out = 1}, by_image(row.price, quality, size).value()));
}

TEST(ParsePricesFile, ReadsLiteLlmsMedia) {
  const auto parsed = parse_prices_file(litellm);
  ASSERT_TRUE(parsed) << describe(parsed.error());
  const auto* dalle = find_row(*parsed, "openai", "dall-e-3");
  ASSERT_NE(dalle, nullptr);
  EXPECT_EQ(image(*dalle, "standard", "1024x1024"), "0.04");
  EXPECT_EQ(image(*dalle, "hd", "1024x1792"), "0.119991");
  const auto* gpt = find_row(*parsed, "openai", "gpt-image-1");
  ASSERT_NE(gpt, nullptr);
  EXPECT_EQ(render_unit_price(gpt->price.image_out), "40 USD/Mtok");
  EXPECT_EQ(image(*gpt, "low", "1024x1024"), "0.011");
  EXPECT_EQ(image(*find_row(*parsed, "azure", "dall-e-3"), "hd", "1024x1024"), "0.08");
  EXPECT_EQ(image(*find_row(*parsed, "together", "flux"), "", ""), "0.003");
  EXPECT_EQ(render_unit_price(find_row(*parsed, "openai", "whisper-1")->price.audio_second), "100 USD/Mtok");
  EXPECT_EQ(render_unit_price(find_row(*parsed, "openai", "tts-1")->price.character), "15 USD/Mtok");
  EXPECT_EQ(render_unit_price(find_row(*parsed, "openai", "gpt-4o-transcribe")->price.audio_in), "6 USD/Mtok");
  for (const auto& row : parsed->rows) {
    auto again = parse_row(render_row(row));
    ASSERT_TRUE(again) << describe(again.error());
    EXPECT_EQ(again->price, row.price) << row.model;
  }
  for (const auto& line : parsed->lines) EXPECT_EQ(line.why, "") << line.model;
}

}  // namespace
}  // namespace millwright::finops
