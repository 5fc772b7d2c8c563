// Joins several files into one tree.
#include "base/config/node.hpp"
#include "base/config/paths.hpp"

namespace millwright::config {

class Merger {
 public:
  void add(Node file) {
    if (file.shape_ == Node::Shape::Absent || file.shape_ == Node::Shape::Null) return;   // an empty file
    if (file.shape_ != Node::Shape::Map) {
      faults_.push_back(file.error("a configuration file is a map of sections", "Begin with a section, as in \"server:\"."));
      return;
    }
    if (root_.shape_ == Node::Shape::Absent) {
      root_.shape_ = Node::Shape::Map;
      root_.where_ = file.where_;
    }
    for (auto& [name, section] : file.members_) add_section(name, std::move(section));
  }

  std::expected<Node, Faults> finish() {
    if (!faults_.empty()) return std::unexpected(std::move(faults_));
    root_.shape_ = Node::Shape::Map;
    set_paths(root_);
    return std::move(root_);
  }

 private:
  void add_section(const std::string& name, Node section) {
    Node* known = nullptr;
    for (auto& [key, member] : root_.members_) {
      if (key == name) known = &member;
    }
    if (known == nullptr) {
      root_.members_.emplace_back(name, std::move(section));
    } else if (known->shape_ == Node::Shape::Null) {
      *known = std::move(section);
    } else if (section.shape_ == Node::Shape::Null) {
      return;
    } else if (known->shape_ == Node::Shape::List && section.shape_ == Node::Shape::List) {
      for (auto& item : section.items_) known->items_.push_back(std::move(item));
    } else {
      faults_.push_back(section.error(fmt::format("the section \"{}\" is already set at {}:{}", name,
                                                  known->where_.source, known->where_.line),
                                      "Keep it in one file."));
    }
  }

  Node root_;
  Faults faults_;
};

std::expected<Node, Faults> merge(std::vector<Node> files) {
  Merger merger;
  for (auto& file : files) merger.add(std::move(file));
  return merger.finish();
}

}  // namespace millwright::config
