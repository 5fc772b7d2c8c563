#include "extensions/providers/all.hpp"

#include "extensions/providers/anthropic.hpp"
#include "extensions/providers/azure.hpp"
#include "extensions/providers/extractive.hpp"
#include "extensions/providers/gemini.hpp"
#include "extensions/providers/openai.hpp"
#include "extensions/providers/vertex.hpp"

namespace millwright::extensions {

gateway::ProviderKinds provider_kinds() {
  return {
      {"anthropic", {make_anthropic, anthropic_facts()}},
      {"azure", {make_azure, azure_facts()}},
      {"builtin", {make_extractive, {}}},
      {"gemini", {make_gemini, {gemini_base_url, {}, {}}}},
      {"openai", {make_openai, {}}},
      {"vertex", {make_vertex, {vertex_base_url, {"location", "project"}, {"service_account"}}}},
  };
}

}  // namespace millwright::extensions
