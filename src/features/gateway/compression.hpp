// What of a request would be left out, and whether that pays: the decision behind the stage `compress`. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/money.hpp"
#include "features/finops/finops.hpp"
#include "features/gateway/economy_settings.hpp"
#include "features/gateway/extract.hpp"

namespace millwright::gateway {

struct CompressionRequest {
  CompressionSettings settings;
  std::string question;
  std::vector<std::string> passages;  // most relevant first
  json::array messages;               // of the caller; empty where their history is left alone
  tokens::Tokeniser tokeniser;
  finops::ModelPrice price;
  double cache_read_share = 0;  // of the input tokens of such calls that the provider reads from its cache, 0…1
};

struct CompressionPlan {
  std::vector<std::string> passages;                          // one for each given; empty: they stay as they are
  std::vector<std::pair<std::size_t, std::string>> messages;  // index and new content
  std::int64_t tokens_before = 0, tokens_after = 0;           // of what could have been shortened
  std::size_t units = 0, protected_units = 0;
  Money saving;             // expected, at input prices, less what cached reads would have saved anyway
  std::string_view reason;  // "saves", "nothing_to_leave_out", "cached_reads_are_cheaper", "too_long"
  [[nodiscard]] bool is_worth_it() const { return !passages.empty() || !messages.empty(); }
};

/// Passages stand behind the prompt and change with every question: they are input at full price. A conversation grows
/// at its end, and its beginning is read from the provider's cache as long as it stays the same; shortening it for each
/// question breaks that, so it is shortened only where fewer tokens at full price cost less than more of them at the
/// mix of prices seen so far. Messages with instructions, tool calls, tool results, parts or cache marks stay.
[[nodiscard]] CompressionPlan plan_compression(const CompressionRequest& request);

/// What the user had asked before the last question, the newest 4 KiB of it.
[[nodiscard]] std::string context_of(const json::array& messages);

}  // namespace millwright::gateway
