// Numbers, times and names as LiteLLM writes them, in the words of this configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millwright::cli::litellm {

/// A decimal number times ten to the power of `shift`, exact: ("1.5e-07", 6) → "0.15". Nothing for what is no number,
/// is negative, or needs more than 30 digits.
[[nodiscard]] std::optional<std::string> shifted_decimal(std::string_view number, int shift);
/// "0.15 USD/Mtok" from USD a token, rounded to the billionth; nothing as above.
[[nodiscard]] std::optional<std::string> price_per_million(std::string_view usd_per_token);
/// "12.5 USD", rounded up to the billionth.
[[nodiscard]] std::optional<std::string> money(std::string_view usd);

/// Seconds of "30s", "5m", "24h", "7d", "2w", "1mo" (30 days), "1y" or a bare number.
[[nodiscard]] std::optional<double> seconds(std::string_view duration);
/// "1m30s" style text of this configuration, from seconds, at least a millisecond.
[[nodiscard]] std::string duration_text(double seconds);

/// A name that objects of this configuration may have: "Azure/GPT 4" → "azure-gpt-4"; "x" when nothing is left.
[[nodiscard]] std::string object_name(std::string_view text);
/// A name of an environment variable: "my-key" → "MY_KEY".
[[nodiscard]] std::string variable_name(std::string_view text);
/// Whether the text is true as YAML and Python write it.
[[nodiscard]] bool is_true(std::string_view text);

}  // namespace millwright::cli::litellm
