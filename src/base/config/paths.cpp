#include "base/config/paths.hpp"

#include <algorithm>
#include <tuple>

namespace millwright::config {

void set_paths(Node& root) {
  for (auto& [name, member] : root.members_) {
    member.where_.field = member_path(root.where_.field, name);
    set_paths(member);
  }
  for (std::size_t i = 0; i < root.items_.size(); ++i) {
    root.items_[i].where_.field = item_path(root.where_.field, i);
    set_paths(root.items_[i]);
  }
}

std::string member_path(const std::string& parent, const std::string& name) {
  return parent.empty() ? name : parent + "." + name;
}

std::string item_path(const std::string& parent, std::size_t index) { return fmt::format("{}[{}]", parent, index); }

void sort_by_position(Faults& faults) {
  std::ranges::sort(faults, {}, [](const Error& fault) {
    const auto& where = fault.where;
    return std::tuple(where.line == 0, std::string_view(where.source), where.line, where.column,
                      std::string_view(fault.message));
  });
}

}  // namespace millwright::config
