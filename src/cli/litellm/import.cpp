#include "cli/litellm/import.hpp"

#include "base/text.hpp"
#include "cli/litellm/draft.hpp"
#include "features/finops/config.hpp"

namespace millwright::cli::litellm {

namespace {

using config::Node;

std::expected<Node, config::Faults> checked(const json::object& sections, const Vocabulary& vocabulary) {
  auto tree = config::parse_yaml(json::serialize(sections), "imported configuration");
  if (!tree) return tree;
  return config::validate(std::move(*tree), vocabulary.sections);
}

/// Prices that look like a wrong unit are kept, as they were in force, but said to be unusual.
void mark_unusual_prices(Draft& draft, const Node& tree) {
  const auto models = tree["models"].items();
  for (std::size_t i = 0; i < models.size() && i < draft.models.size(); ++i) {
    const auto price = finops::parse_price(models[i]["price"]);
    if (!price) continue;
    const auto why = finops::find_implausible(*price);
    if (!why) continue;
    draft.models[i].get_object()["price"].get_object()["unusual"] = true;
    draft.assume(fmt::format("models[{}].price.unusual", models[i]["name"].text()), fmt::format("check it: {}", *why));
  }
}

std::string render(const Node& tree) {
  return "# Imported from LiteLLM. What was changed or has no counterpart stands in the report.\n" +
         tree.without_defaults().render_yaml();
}

}  // namespace

std::expected<Imported, config::Faults> import_litellm(const Node& source, const std::vector<Node>& exports,
                                                       const Vocabulary& vocabulary, const ImportOptions& options) {
  if (source.shape() != Node::Shape::Map) {
    return std::unexpected(
        config::Faults{source.error("a configuration of LiteLLM is a map with model_list and more")});
  }
  Draft draft{vocabulary, options, source};
  draft.account.open(source);
  for (const auto& tree : exports) draft.account.open(tree);
  read_models(draft);
  read_router(draft);
  read_exports(draft, exports);
  read_settings(draft);
  auto sections = render_sections(draft);
  auto tree = checked(sections, vocabulary);
  if (!tree) return std::unexpected(std::move(tree.error()));
  mark_unusual_prices(draft, *tree);
  sections["models"] = draft.models;
  tree = checked(sections, vocabulary);
  if (!tree) return std::unexpected(std::move(tree.error()));
  Imported imported;
  imported.configuration = render(*tree);
  imported.entries = draft.account.entries();
  imported.assumptions = std::move(draft.assumptions);
  imported.variables = std::move(draft.variables);
  imported.keys = std::move(draft.keys);
  return imported;
}

}  // namespace millwright::cli::litellm
