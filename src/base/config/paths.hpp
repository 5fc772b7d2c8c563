// Dotted paths of a tree's nodes ("models[2].price.input"), set anew whenever the tree changes shape.
#pragma once

#include "base/config/node.hpp"

namespace millwright::config {

void set_paths(Node& root);
/// "a" + "b" → "a.b"; "" + "b" → "b".
[[nodiscard]] std::string member_path(const std::string& parent, const std::string& name);
[[nodiscard]] std::string item_path(const std::string& parent, std::size_t index);
/// In order of file, line and column; those without a place last.
void sort_by_position(Faults& faults);

}  // namespace millwright::config
