#include "features/configuration/references.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace millwright::configuration {
namespace {

using config::Node;

/// Every set node that `path` ("routes[].targets[].model", "labels.*") leads to.
void collect(const Node& node, std::string_view path, std::vector<const Node*>& found) {
  if (!node.is_set()) return;
  if (path.empty()) {
    found.push_back(&node);
    return;
  }
  if (path.starts_with("[]")) {
    path.remove_prefix(2);
    if (path.starts_with(".")) path.remove_prefix(1);
    for (const auto& item : node.items()) collect(item, path, found);
    return;
  }
  const auto end = std::min(path.find('.'), path.find("[]"));
  const auto name = path.substr(0, end);
  std::string_view rest = end == std::string_view::npos ? std::string_view() : path.substr(end);
  if (rest.starts_with(".")) rest.remove_prefix(1);
  if (name == "*") {
    for (const auto& [unused, member] : node.members()) collect(member, rest, found);
  } else {
    collect(node[name], rest, found);
  }
}

}  // namespace

config::Faults check_references(const Node& tree, const std::vector<Reference>& references) {
  config::Faults faults;
  for (const auto& reference : references) {
    std::vector<std::string_view> names(reference.also.begin(), reference.also.end());
    for (const auto& item : tree[reference.section].items()) names.push_back(item["name"].text());
    std::vector<const Node*> values;
    collect(tree, reference.path, values);
    for (const auto* value : values) {
      if (std::ranges::find(names, value->text()) != names.end()) continue;
      const auto nearest = nearest_name(value->text(), names);
      faults.push_back(value->error(
          fmt::format("there is no \"{}\" among the {}", value->text(), reference.section),
          nearest ? fmt::format("Did you mean \"{}\"?", *nearest)
                  : fmt::format("Add it to the section \"{}\", or use one that is there.", reference.section)));
    }
  }
  return faults;
}

}  // namespace millwright::configuration
