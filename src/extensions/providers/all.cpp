#include "extensions/providers/all.hpp"

#include "extensions/providers/anthropic.hpp"
#include "extensions/providers/extractive.hpp"
#include "extensions/providers/openai.hpp"

namespace millwright::extensions {

gateway::ProviderKinds provider_kinds() {
  return {
      {"anthropic", {make_anthropic, anthropic_facts()}},
      {"builtin", {make_extractive, {}}},
      {"openai", {make_openai, {}}},
  };
}

}  // namespace millwright::extensions
