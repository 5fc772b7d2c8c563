// Settings of LiteLLM that have no counterpart here: why not, and what to do instead.
#pragma once

#include <string_view>

namespace millwright::cli::litellm {

struct KnownSetting {
  std::string_view scope;  // "litellm_settings"
  std::string_view name;   // "callbacks"; one that ends in * stands for all that begin so
  std::string_view why;
  std::string_view advice;  // empty: there is nothing to do
};
/// Nothing when the import does not know it.
[[nodiscard]] const KnownSetting* find_known_setting(std::string_view scope, std::string_view name);

}  // namespace millwright::cli::litellm
