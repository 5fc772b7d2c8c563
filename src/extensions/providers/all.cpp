#include "extensions/providers/all.hpp"

#include "extensions/providers/anthropic.hpp"
#include "extensions/providers/azure.hpp"
#include "extensions/providers/extractive.hpp"
#include "extensions/providers/gemini.hpp"
#include "extensions/providers/openai.hpp"
#include "extensions/providers/raw_usage.hpp"
#include "extensions/providers/vertex.hpp"

namespace millwright::extensions {

gateway::ProviderKinds provider_kinds() {
  gateway::ProviderKinds kinds{
      {"anthropic", {make_anthropic, anthropic_facts()}},
      {"azure", {make_azure, azure_facts()}},
      {"builtin", {make_extractive, {}}},
      {"gemini", {make_gemini, {gemini_base_url, {}, {}}}},
      {"openai", {make_openai, {}}},
      {"vertex", {make_vertex, {vertex_base_url, {"location", "project"}, {"service_account"}}}},
  };
  kinds["anthropic"].facts.passthrough = anthropic_raw_paths();
  kinds["azure"].facts.passthrough = azure_raw_paths();
  kinds["gemini"].facts.passthrough = gemini_raw_paths();
  kinds["openai"].facts.passthrough = openai_raw_paths();
  kinds["vertex"].facts.passthrough = vertex_raw_paths();
  return kinds;
}

}  // namespace millwright::extensions
