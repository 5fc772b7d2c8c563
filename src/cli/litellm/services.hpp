// The services that LiteLLM knows by a prefix ("groq/llama-3.3-70b"), and what they are here.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millwright::cli::litellm {

struct Service {
  std::string_view prefix;
  std::array<std::string_view, 2> kinds;  // of provider, the first that this program knows is taken
  std::string_view base_url;              // for kinds that serve many; empty: the source must say
  std::string_view key_variable;          // where LiteLLM looks when the source names no key; empty: none is needed
};
[[nodiscard]] const Service* find_service(std::string_view prefix);
/// The service that LiteLLM takes a model without a prefix for ("gpt-4o", "claude-…"); nothing when it cannot know.
[[nodiscard]] const Service* guess_service(std::string_view model);

/// A setting of litellm_params that a kind of provider takes as an option or a secret.
struct AccountSetting {
  std::string_view source;
  bool is_secret = false;
  std::vector<std::string_view> names;  // here; the first that the kind takes is used
};
[[nodiscard]] std::span<const AccountSetting> account_settings();

}  // namespace millwright::cli::litellm
