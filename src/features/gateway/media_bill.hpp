// What media cost: the most a request can, and what an answer did. Pure.
//
// Providers bill images by tokens or by the piece, transcripts by tokens or by the second, speech by tokens or by the
// character. Which of them holds for a model is in its price.
#pragma once

#include "features/gateway/config.hpp"
#include "features/gateway/provider.hpp"

namespace millwright::gateway {

/// What an answer showed of what it used, beside its usage in tokens.
struct MediaFacts {
  std::int64_t images = 0;               // finished ones
  std::string quality, size;             // as the answer names them
  std::optional<std::int64_t> audio_ms;  // of the audio that was heard, as the provider counts it
  std::int64_t bytes = 0;                // of a file that came out
  bool is_partly_foreign = false;        // usage holds tokens of another model, whose price is not known here
};
/// Adds what a whole answer shows, or one event of a stream.
void note_media(const json::object& answer, MediaFacts& facts);

/// Tokens of one image at most: the dearest quality and size that the request leaves open. (OpenAI's table for its
/// image models, where high costs a token for 252 pixels; qualities above it are taken as four times as dear.)
[[nodiscard]] std::int64_t image_tokens_max(std::string_view quality, std::string_view size);

/// Never below what any answer to the request costs. `text_bytes`: of all texts of the request.
[[nodiscard]] Money worst_case_of_media(Operation operation, const MediaRequest& request, std::int64_t text_bytes,
                                        const ModelConfig& model, const finops::ModelPrice& price, Timestamp time);

struct MediaBill {
  finops::ModelPrice price;  // the model's own, or one of its prices by the piece
  finops::TokenCounts tokens;
  bool is_estimated = false;
};
/// By what was reported, else by what the answer and the request show. `usage` and `facts` as far as they are known;
/// what the provider did not count is counted here and marked as an estimate, never left out.
[[nodiscard]] MediaBill bill_of_media(Operation operation, const MediaRequest& request, std::int64_t text_bytes,
                                      const std::optional<finops::TokenCounts>& usage, const MediaFacts& facts,
                                      const finops::ModelPrice& price);

}  // namespace millwright::gateway
