// A configuration as text again: to keep, to compare, and to see where each value came from.
#include <algorithm>

#include "features/configuration/configuration.hpp"
#include "features/configuration/diff.hpp"

namespace millwright::configuration {
namespace {

using config::Node;

std::string place_of(const Node& node) {
  if (node.is_default()) return "default";
  const auto& where = node.where();
  if (where.source.starts_with("console:")) return "console";
  return fmt::format("{}:{}:{}", where.source, where.line, where.column);
}

void collect_origins(const Node& node, std::vector<Origin>& origins) {
  const bool has_nodes_below = !node.members().empty() ||
                               std::ranges::any_of(node.items(), [](const Node& item) { return !item.members().empty(); });
  if (!has_nodes_below) {
    if (node.is_set()) origins.push_back({node.where().field, render_value(node), place_of(node)});
    return;
  }
  for (const auto& [name, member] : node.members()) collect_origins(member, origins);
  for (const auto& item : node.items()) collect_origins(item, origins);
}

bool belongs_to(const Node& node, std::optional<Owner> owner) {
  return !owner || (node.where().source.starts_with("console:") == (*owner == Owner::Console));
}

/// A settings section whole; a list of objects one by one, in order of name.
void add_section(const Loaded& loaded, const std::string& kind, std::optional<Owner> owner, std::string& out) {
  const Node lean = loaded.tree.without_defaults();
  const Node& section = lean[kind];
  if (!section.is_set()) return;
  std::vector<const Node*> items;
  for (const auto& item : section.items()) {
    if (belongs_to(item, owner)) items.push_back(&item);
  }
  if (items.empty() && !section.items().empty()) return;
  const bool are_named = std::ranges::all_of(items, [](const Node* item) { return (*item)["name"].is_set(); });
  const auto name_of = [](const Node* item) -> const std::string& { return (*item)["name"].text(); };
  if (are_named) std::ranges::sort(items, {}, name_of);
  if (items.empty()) {
    if (section.members().empty() || !belongs_to(section, owner)) return;
    out += kind + ":\n";
    const std::string text = section.render_yaml();
    for (std::size_t from = 0; from < text.size();) {
      const auto end = text.find('\n', from);
      out += (end > from ? "  " : "") + text.substr(from, end - from + 1);
      from = end + 1;
    }
    return;
  }
  out += kind + ":\n";
  for (const auto* item : items) {
    const std::string text = item->render_yaml();
    bool is_first = true;
    for (std::size_t from = 0; from < text.size();) {
      const auto end = text.find('\n', from);
      out += (is_first ? "  - " : end > from ? "    " : "") + text.substr(from, end - from + 1);
      from = end + 1;
      is_first = false;
    }
  }
}

}  // namespace

std::string render_export(const Loaded& loaded, const std::vector<config::Section>& sections,
                          std::optional<Owner> owner) {
  std::string out;
  for (const auto& section : sections) add_section(loaded, section.key, owner, out);
  return out;
}

std::vector<Origin> origins(const Loaded& loaded) {
  std::vector<Origin> all;
  collect_origins(loaded.tree, all);
  return all;
}

}  // namespace millwright::configuration
