#include "features/gateway/media_bill.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace millwright::gateway {
namespace {

using finops::ModelPrice;
using finops::TokenCounts;

constexpr std::int64_t pixels_max = 3840 * 2160;        // the largest size that OpenAI's image models take
constexpr std::int64_t usual_pixels_max = 1536 * 1024;  // the largest that "auto" chooses from
constexpr std::int64_t partial_image_tokens = 100;
constexpr std::int64_t input_image_tokens_max = 8'192;  // at high fidelity
constexpr std::int64_t heard_tokens_per_second_max = 40, heard_tokens_per_second = 17;
constexpr std::int64_t written_tokens_per_second_max = 12, written_tokens_per_second = 4;
constexpr std::int64_t spoken_tokens_per_byte_max = 4;       // at normal speed, with pauses
constexpr std::int64_t compressed_bytes_per_second = 4'000;  // 32 kbit/s: what speech is usually kept in

bool is_image(Operation operation) { return operation >= Operation::Images && operation <= Operation::ImageVariations; }

/// "1024x1792" → pixels; nothing for what is no size.
std::optional<std::int64_t> pixels_of(std::string_view size) {
  std::int64_t width = 0, height = 0;
  const auto* end = size.data() + size.size();
  const auto first = std::from_chars(size.data(), end, width);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != 'x') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, height);
  if (second.ec != std::errc() || second.ptr != end || width < 1 || height < 1 || width > 65'536 || height > 65'536) {
    return std::nullopt;
  }
  return width * height;
}

std::int64_t pixels_per_token(std::string_view quality) {
  if (quality == "low") return 2'520;  // 272 tokens for 1024x1024, 400 and 408 for the larger ones, with a margin
  if (quality == "medium" || quality == "standard") return 990;
  if (quality == "high" || quality == "hd") return 250;
  return 62;
}

std::int64_t per_second(std::int64_t ms, std::int64_t tokens) { return (ms * tokens + 999) / 1000; }

bool has_token_price(const ModelPrice& price) {
  return price.output != UnitPrice() || price.image_out != UnitPrice() || price.input != UnitPrice();
}

/// What providers document as their default, where prices are kept by it.
std::string or_default(const ModelPrice& price, const std::string& given, bool is_quality) {
  if (!given.empty()) return given;
  const std::string_view usual = is_quality ? "standard" : "1024x1024";
  const bool is_priced = is_quality ? has_image_price(price, usual, "") : has_image_price(price, "", usual);
  return is_priced ? std::string(usual) : std::string();
}

std::int64_t spoken_tokens_max(const MediaRequest& request, std::int64_t text_bytes) {
  const auto slowness = 1 / std::clamp(request.speed, 0.1, 1.0);
  return static_cast<std::int64_t>(std::ceil(static_cast<double>(text_bytes * spoken_tokens_per_byte_max) * slowness)) +
         512;
}

/// Milliseconds of a file that came out, where its format shows them; else by the characters, some 15 a second.
std::int64_t spoken_ms(const MediaRequest& request, const MediaFacts& facts) {
  if (facts.bytes > 0 && (request.format == "pcm" || request.format == "wav")) return facts.bytes * 1000 / 48'000;
  const auto ms = static_cast<double>(request.characters) * 1000 / 15 / std::clamp(request.speed, 0.1, 10.0);
  return static_cast<std::int64_t>(std::ceil(ms));
}

MediaBill bill_images(const MediaRequest& request, std::int64_t text_bytes, const std::optional<TokenCounts>& usage,
                      const MediaFacts& facts, const ModelPrice& price) {
  MediaBill bill{price, {}, false};
  if (usage && (has_token_price(price) || price.images.empty())) {
    bill.tokens = *usage;
    bill.is_estimated = facts.is_partly_foreign;
    return bill;
  }
  bill.is_estimated = facts.images == 0;
  const auto count = facts.images > 0 ? facts.images : request.images;
  const auto quality = facts.quality.empty() ? request.quality : facts.quality;
  const auto size = facts.size.empty() ? request.size : facts.size;
  if (auto piece = finops::by_image(price, or_default(price, quality, true), or_default(price, size, false))) {
    bill.price = std::move(*piece);
    bill.tokens.image_out = count;
    return bill;
  }
  bill.is_estimated = true;
  bill.tokens.input = (text_bytes + 3) / 4;
  bill.tokens.image_in = request.input_images * input_image_tokens_max / 4;
  bill.tokens.image_out = count * request.frames * image_tokens_max(quality.empty() ? "high" : quality, size);
  return bill;
}

MediaBill bill_heard(const MediaRequest& request, std::int64_t text_bytes, const std::optional<TokenCounts>& usage,
                     const MediaFacts& facts, const ModelPrice& price) {
  MediaBill bill{price, {}, false};
  if (usage && (has_token_price(price) || price.audio_in != UnitPrice() || price.audio_second == UnitPrice())) {
    bill.tokens = *usage;
    return bill;
  }
  std::int64_t ms = 0;
  if (facts.audio_ms) {
    ms = *facts.audio_ms;
  } else if (request.is_audio_length_known) {
    ms = (request.audio_ms_max + 999) / 1000 * 1000;  // a second that has begun is billed
  } else {
    bill.is_estimated = true;
    ms = std::max<std::int64_t>(request.audio_ms_max / (compressed_bytes_per_second / 500), 1000);
  }
  if (auto piece = finops::by_second(price)) {
    bill.price = std::move(*piece);
    bill.tokens.audio_in = ms;
    return bill;
  }
  bill.is_estimated = true;
  bill.tokens.input = (text_bytes + 3) / 4;
  bill.tokens.audio_in = per_second(ms, heard_tokens_per_second);
  bill.tokens.output = per_second(ms, written_tokens_per_second);
  return bill;
}

MediaBill bill_spoken(const MediaRequest& request, std::int64_t text_bytes, const std::optional<TokenCounts>& usage,
                      const MediaFacts& facts, const ModelPrice& price) {
  MediaBill bill{price, {}, false};
  if (auto piece = finops::by_character(price)) {
    bill.price = std::move(*piece);
    bill.tokens.input = request.characters;
    return bill;
  }
  if (usage) {
    bill.tokens = *usage;
    return bill;
  }
  bill.is_estimated = true;
  bill.tokens.input = (text_bytes + 3) / 4;
  bill.tokens.audio_out = per_second(spoken_ms(request, facts), 21);
  return bill;
}

finops::CallBounds bounds_of(Operation operation, const MediaRequest& request, std::int64_t text_bytes,
                             const ModelConfig& model) {
  finops::CallBounds bounds;
  bounds.input_max = text_bytes + 64;
  bounds.may_use_audio = bounds.may_use_images = true;
  if (is_image(operation)) {
    bounds.input_max += request.input_images * input_image_tokens_max;
    bounds.output_max = request.images * (request.frames * image_tokens_max(request.quality, request.size) +
                                          request.partial_images * partial_image_tokens);
    if (request.is_drawn) bounds.output_max += model.context_tokens;
  } else if (operation == Operation::Speech) {
    bounds.output_max = spoken_tokens_max(request, text_bytes);
  } else {
    // Models that bill tokens hear no more than they can hold; those that hear for hours bill by the second.
    const auto heard = per_second(request.audio_ms_max, heard_tokens_per_second_max);
    bounds.input_max = std::min(bounds.input_max + heard, std::max(bounds.input_max, model.context_tokens));
    bounds.output_max =
        std::min(per_second(request.audio_ms_max, written_tokens_per_second_max) + 256, model.context_tokens);
  }
  return bounds;
}

}  // namespace

void note_media(const json::object& answer, MediaFacts& facts) {
  const auto type = string_member(answer, "type");
  const auto* data = find_member(answer, "data");
  if (data != nullptr && data->is_array()) facts.images = static_cast<std::int64_t>(data->get_array().size());
  if (type.starts_with("image_") && type.ends_with(".completed")) ++facts.images;
  if (const auto quality = string_member(answer, "quality"); !quality.empty()) facts.quality = quality;
  if (const auto size = string_member(answer, "size"); !size.empty()) facts.size = size;
  if (find_member(answer, "svg_usage") != nullptr) facts.is_partly_foreign = true;
  const auto milliseconds = [](const json::value* seconds) -> std::optional<std::int64_t> {
    if (seconds == nullptr || !seconds->is_number()) return std::nullopt;
    const auto value = seconds->to_number<double>();
    return value >= 0 && value < 1e7 ? std::optional(static_cast<std::int64_t>(std::llround(value * 1000)))
                                     : std::nullopt;
  };
  // A duration is how long the audio is; the seconds of usage are what is billed, and go before it.
  const auto* usage = find_member(answer, "usage");
  if (usage != nullptr && usage->is_object()) {
    if (auto billed = milliseconds(find_member(usage->get_object(), "seconds"))) {
      facts.audio_ms = billed;
      return;
    }
  }
  if (auto length = milliseconds(find_member(answer, "duration")); length && !facts.audio_ms) {
    facts.audio_ms = (*length + 999) / 1000 * 1000;
  }
}

std::int64_t image_tokens_max(std::string_view quality, std::string_view size) {
  const auto pixels = std::min(pixels_of(size).value_or(size.empty() || size == "auto" ? usual_pixels_max : pixels_max),
                               4 * pixels_max);
  return pixels / pixels_per_token(quality) + 64;
}

Money worst_case_of_media(Operation operation, const MediaRequest& request, std::int64_t text_bytes,
                          const ModelConfig& model, const ModelPrice& price, Timestamp time) {
  auto most = finops::worst_case(bounds_of(operation, request, text_bytes, model), price, time);
  const auto consider = [&](std::optional<ModelPrice> piece, const TokenCounts& tokens) {
    if (piece) most = std::max(most, finops::cost_of(tokens, *piece, {finops::ServiceTier::Standard, time}));
  };
  TokenCounts pieces;
  if (is_image(operation)) {
    // What the request leaves open the answer may say: the dearest.
    pieces.image_out = request.images * request.frames;
    consider(finops::by_image(price, request.quality, request.size), pieces);
  } else if (operation == Operation::Speech) {
    pieces.input = request.characters;
    consider(finops::by_character(price), pieces);
  } else {
    pieces.audio_in = (request.audio_ms_max + 1999) / 1000 * 1000;
    consider(finops::by_second(price), pieces);
  }
  return most;
}

MediaBill bill_of_media(Operation operation, const MediaRequest& request, std::int64_t text_bytes,
                        const std::optional<TokenCounts>& usage, const MediaFacts& facts, const ModelPrice& price) {
  if (is_image(operation)) return bill_images(request, text_bytes, usage, facts, price);
  if (operation == Operation::Speech) return bill_spoken(request, text_bytes, usage, facts, price);
  return bill_heard(request, text_bytes, usage, facts, price);
}

}  // namespace millwright::gateway
