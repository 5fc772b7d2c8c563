#include "features/configuration/diff.hpp"

#include <algorithm>
#include <set>

#include "base/config/paths.hpp"
#include "base/text.hpp"

namespace millwright::configuration {
namespace {

using config::Kind;
using config::Node;
using config::Spec;

class FieldDiff {
 public:
  explicit FieldDiff(ObjectChange& change) : change_(change) {}

  void compare(const Spec* spec, const Node& before, const Node& after, const std::string& path, bool restart) {
    restart = restart || (spec != nullptr && spec->needs_restart);
    const bool is_map = before.shape() == Node::Shape::Map || after.shape() == Node::Shape::Map;
    const bool is_list_of_maps = has_maps(before) || has_maps(after);
    if (is_map && (spec == nullptr || spec->kind != Kind::Secret)) {
      compare_members(spec, before, after, path, restart);
    } else if (is_list_of_maps) {
      const Spec* item_spec = spec != nullptr && !spec->item.empty() ? &spec->item.front() : nullptr;
      const auto count = std::max(before.items().size(), after.items().size());
      for (std::size_t i = 0; i < count; ++i) {
        compare(item_spec, item_at(before, i), item_at(after, i), config::item_path(path, i), restart);
      }
    } else if (render_value(before) != render_value(after)) {
      change_.fields.push_back({path, render_value(before), render_value(after)});
      change_.needs_restart = change_.needs_restart || restart;
    }
  }

 private:
  static const Node& item_at(const Node& list, std::size_t index) {
    static const Node absent;
    return index < list.items().size() ? list.items()[index] : absent;
  }
  static bool has_maps(const Node& list) {
    return std::ranges::any_of(list.items(), [](const Node& item) { return item.shape() == Node::Shape::Map; });
  }

  void compare_members(const Spec* spec, const Node& before, const Node& after, const std::string& path, bool restart) {
    std::vector<std::string> names;
    for (const auto& [name, member] : after.members()) names.push_back(name);
    for (const auto& [name, member] : before.members()) {
      if (!after[name].is_set() && std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
    for (const auto& name : names) {
      if (path.empty() && name == "name") continue;   // it is in the id
      compare(member_spec(spec, name), before[name], after[name], config::member_path(path, name), restart);
    }
  }

  static const Spec* member_spec(const Spec* spec, const std::string& name) {
    if (spec == nullptr) return nullptr;
    if (spec->kind == Kind::Map) return &spec->item.front();
    for (const auto& member : spec->members) {
      if (member.name == name) return &member.spec;
    }
    return nullptr;
  }

  ObjectChange& change_;
};

const Node& find_node(const Loaded& loaded, const Object& object) {
  const Node& section = loaded.tree[object.kind];
  if (object.name.empty()) return section;
  for (const auto& item : section.items()) {
    if (item["name"].text() == object.name) return item;
  }
  return section;
}

const Spec* find_spec(const std::vector<config::Section>& sections, const Object& object) {
  for (const auto& section : sections) {
    if (section.key != object.kind) continue;
    return object.name.empty() ? &section.spec : &section.spec.item.front();
  }
  return nullptr;
}

const Object* find_object(const Loaded& loaded, const std::string& id) {
  const auto found = std::ranges::lower_bound(loaded.objects, id, {}, &Object::id);
  return found != loaded.objects.end() && found->id == id ? &*found : nullptr;
}

ObjectChange make_change(Action action, const Object& object) {
  ObjectChange change;
  change.action = action;
  change.id = object.id;
  change.kind = object.kind;
  change.name = object.name;
  change.owner = object.owner;
  return change;
}

}  // namespace

std::string render_value(const Node& node) {
  switch (node.shape()) {
    case Node::Shape::Absent:
    case Node::Shape::Null: return {};
    case Node::Shape::Scalar: return node.text();
    case Node::Shape::List: {
      std::string text = "[";
      for (const auto& item : node.items()) text += (text.size() > 1 ? ", " : "") + render_value(item);
      return text + "]";
    }
    case Node::Shape::Map: {
      std::string text = "{";
      for (const auto& [name, member] : node.members()) text += (text.size() > 1 ? ", " : "") + name + ": " + render_value(member);
      return text + "}";
    }
  }
  return {};
}

std::vector<ObjectChange> diff(const Loaded& before, const Loaded& after, const std::vector<config::Section>& sections) {
  static const Node absent;
  std::vector<ObjectChange> added;
  std::vector<ObjectChange> changed;
  std::vector<ObjectChange> destroyed;
  for (const auto& object : after.objects) {
    const auto* known = find_object(before, object.id);
    if (known != nullptr && known->yaml == object.yaml && known->owner == object.owner) continue;
    auto change = make_change(known == nullptr ? Action::Add : Action::Change, object);
    const Node& old_node = known == nullptr ? absent : find_node(before, *known);
    FieldDiff(change).compare(find_spec(sections, object), old_node, find_node(after, object), "", false);
    if (known != nullptr && known->owner != object.owner) {
      change.fields.push_back({"owner", std::string(owner_name(known->owner)), std::string(owner_name(object.owner))});
    }
    (known == nullptr ? added : changed).push_back(std::move(change));
  }
  for (const auto& object : before.objects) {
    if (find_object(after, object.id) == nullptr) destroyed.push_back(make_change(Action::Destroy, object));
  }
  std::vector<ObjectChange> all = std::move(added);
  std::ranges::move(changed, std::back_inserter(all));
  std::ranges::move(destroyed, std::back_inserter(all));
  return all;
}

}  // namespace millwright::configuration
