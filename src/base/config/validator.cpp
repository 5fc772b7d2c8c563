// validate: a tree against its sections. Unknown keys, wrong types, bounds and duplicate names become faults at their
// place; what is not set gets its default; scalars get their canonical form.
#include <algorithm>
#include <map>

#include "base/config/node.hpp"
#include "base/config/paths.hpp"
#include "base/config/scalar.hpp"
#include "base/text.hpp"

namespace millwright::config {

class Validator {
 public:
  void check_root(Node& root, const std::vector<Section>& sections) {
    Spec spec;
    spec.kind = Kind::Object;
    for (const auto& section : sections) spec.members.emplace_back(section.key, section.spec);
    if (root.shape_ == Node::Shape::Absent || root.shape_ == Node::Shape::Null) root.shape_ = Node::Shape::Map;
    check(spec, root);
    set_paths(root);
    sort_by_position(faults_);
  }
  [[nodiscard]] Faults& faults() { return faults_; }

 private:
  void check(const Spec& spec, Node& node) {
    const bool is_group = spec.kind == Kind::List || spec.kind == Kind::Map || spec.kind == Kind::Object;
    if (node.shape_ == Node::Shape::Null) {
      if (spec.is_nullable || (is_group && !spec.is_required)) return;
      add(node, fmt::format("a value is missing: {} is needed", describe_kind(spec)));
      return;
    }
    switch (spec.kind) {
      case Kind::Secret: return check_secret(node);
      case Kind::List: return check_list(spec, node);
      case Kind::Object: return check_object(spec, node);
      case Kind::Map: return check_map(spec, node);
      default: return check_value(spec, node);
    }
  }

  void check_value(const Spec& spec, Node& node) {
    if (node.shape_ != Node::Shape::Scalar) {
      add(node, fmt::format("{} is needed, not a {}", describe_kind(spec),
                            node.shape_ == Node::Shape::List ? "list" : "map"));
      return;
    }
    auto canonical = check_scalar(spec, node.text_);
    if (!canonical) {
      add(node, std::move(canonical.error().message), std::move(canonical.error().fix));
      return;
    }
    node.text_ = std::move(*canonical);
    node.is_quoted_ = spec.kind == Kind::Text || spec.kind == Kind::Name || spec.kind == Kind::Choice;
  }

  /// Never repeats what stands there: it may be the secret itself.
  void check_secret(Node& node) {
    constexpr auto fix = "Write {env: NAME}, {file: PATH} or {cred: NAME} and keep the secret out of the file.";
    if (node.shape_ != Node::Shape::Map || node.members_.size() != 1) {
      add(node, "a secret must not stand in the configuration", fix);
      return;
    }
    auto& [key, value] = node.members_.front();
    const bool is_known = key == "env" || key == "file" || key == "cred";
    if (!is_known || value.shape_ != Node::Shape::Scalar || value.text_.empty()) {
      add(node, "not a reference to a secret", fix);
      return;
    }
    const auto is_name_character = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    if (key == "env" && !std::ranges::all_of(value.text_, is_name_character)) {
      add(value, "not the name of an environment variable", fix);
    } else if (key == "cred" && (value.text_.find('/') != std::string::npos || value.text_.front() == '.')) {
      add(value, "not the name of a credential", fix);
    }
    value.is_quoted_ = true;
  }

  void check_list(const Spec& spec, Node& node) {
    if (node.shape_ != Node::Shape::List) {
      add(node, "a list is needed", "Begin each item with \"- \", or write [a, b].");
      return;
    }
    check_count(spec, node, node.items_.size());
    std::map<std::string, const Node*, std::less<>> names;
    for (auto& item : node.items_) {
      check(spec.item.front(), item);
      const Node& name = item["name"];
      if (!is_named(spec.item.front()) || name.shape_ != Node::Shape::Scalar) continue;
      const auto [known, is_new] = names.try_emplace(name.text_, &name);
      if (is_new) continue;
      const auto& first = known->second->where_;
      add(name, fmt::format("the name \"{}\" is already used at {}:{}", name.text_, first.source, first.line));
    }
  }

  void check_map(const Spec& spec, Node& node) {
    if (node.shape_ != Node::Shape::Map) {
      add(node, "a map is needed", "Write \"name: value\".");
      return;
    }
    check_count(spec, node, node.members_.size());
    for (auto& [name, member] : node.members_) check(spec.item.front(), member);
    std::ranges::sort(node.members_, {}, [](const auto& member) -> const std::string& { return member.name; });
  }

  void check_object(const Spec& spec, Node& node) {
    if (node.shape_ != Node::Shape::Map) {
      add(node, "a map of options is needed", "Write \"option: value\".");
      return;
    }
    for (const auto& [name, member] : node.members_) {
      const bool is_known = std::ranges::any_of(spec.members, [&](const auto& known) { return known.name == name; });
      if (!is_known) add_unknown(spec, name, member);
    }
    std::vector<NodeMember> ordered;
    for (const auto& [name, member_spec] : spec.members) {
      auto found = std::ranges::find(node.members_, name, [](const auto& member) { return member.name; });
      if (found != node.members_.end()) {
        check(member_spec, found->node);
        const bool takes_default = found->node.shape_ == Node::Shape::Null && !member_spec.is_nullable;
        if (!takes_default) {
          const auto preset = default_of(member_spec);
          found->node.is_redundant_ = preset.is_set() && preset.render_yaml() == found->node.render_yaml();
          ordered.push_back(std::move(*found));
        }
        if (takes_default) add_default(name, member_spec, node, ordered);
      } else if (member_spec.is_required && !member_spec.default_text) {
        add(node, fmt::format("\"{}\" is missing", name), member_spec.description);
      } else {
        add_default(name, member_spec, node, ordered);
      }
    }
    node.members_ = std::move(ordered);
  }

  void add_default(const std::string& name, const Spec& spec, const Node& parent,
                   std::vector<NodeMember>& members) {
    auto value = default_of(spec);
    if (!value.is_set()) return;
    place_at(value, parent.where_);
    members.emplace_back(name, std::move(value));
  }

  /// The default as a valid tree; absent when there is none.
  Node default_of(const Spec& spec) {
    Node node;
    if (!spec.default_text) {
      if (spec.kind != Kind::Object || spec.is_nullable || !has_only_defaults(spec)) return node;
      node.shape_ = Node::Shape::Map;
    } else if (spec.kind == Kind::List || spec.kind == Kind::Map || spec.kind == Kind::Object) {
      auto parsed = parse_yaml(*spec.default_text, "default");
      ensure(parsed.has_value(), "the default of an option is YAML");
      node = std::move(*parsed);
    } else {
      node.shape_ = Node::Shape::Scalar;
      node.text_ = *spec.default_text;
    }
    const auto faults_before = faults_.size();
    check(spec, node);
    ensure(faults_.size() == faults_before, "the default of an option is valid");
    mark_default(node);
    return node;
  }

  /// No member must be set, and at least one has a default.
  static bool has_only_defaults(const Spec& spec) {
    bool has_default = false;
    for (const auto& [name, member] : spec.members) {
      if (member.default_text) {
        has_default = true;
      } else if (member.is_required) {
        return false;
      } else if (member.kind == Kind::Object && !member.is_nullable) {
        has_default = has_default || has_only_defaults(member);
      }
    }
    return has_default;
  }

  static void mark_default(Node& node) {
    node.is_default_ = true;
    for (auto& item : node.items_) mark_default(item);
    for (auto& [name, member] : node.members_) mark_default(member);
  }
  static void place_at(Node& node, const Where& where) {
    node.where_ = where;
    for (auto& item : node.items_) place_at(item, where);
    for (auto& [name, member] : node.members_) place_at(member, where);
  }
  static bool is_named(const Spec& item) {
    return std::ranges::any_of(item.members, [](const auto& member) {
      return member.name == "name" && member.spec.kind == Kind::Name;
    });
  }

  void check_count(const Spec& spec, const Node& node, std::size_t count) {
    const auto signed_count = static_cast<std::int64_t>(count);
    if (spec.minimum && signed_count < *spec.minimum) add(node, fmt::format("at least {} items are needed", *spec.minimum));
    if (spec.maximum && signed_count > *spec.maximum) add(node, fmt::format("at most {} items are allowed", *spec.maximum));
  }

  void add_unknown(const Spec& spec, const std::string& name, const Node& member) {
    std::vector<std::string_view> candidates;
    for (const auto& [known, unused] : spec.members) candidates.push_back(known);
    const auto nearest = nearest_name(name, candidates);
    Where where = member.where_;
    where.line = member.key_line_;
    where.column = member.key_column_;
    std::string fix;
    if (nearest) {
      fix = fmt::format("Did you mean \"{}\"?", *nearest);
    } else if (candidates.size() <= 12) {
      fix = fmt::format("Known here: {}.", fmt::join(candidates, ", "));
    }
    Error error = member.error(fmt::format("unknown key \"{}\"", utf8_prefix(name, 64)), std::move(fix));
    error.where = std::move(where);
    faults_.push_back(std::move(error));
  }
  void add(const Node& node, std::string message, std::string fix = {}) {
    faults_.push_back(node.error(std::move(message), std::move(fix)));
  }

  Faults faults_;
};

std::expected<Node, Faults> validate(Node tree, const std::vector<Section>& sections) {
  Validator validator;
  validator.check_root(tree, sections);
  if (!validator.faults().empty()) return std::unexpected(std::move(validator.faults()));
  return tree;
}

}  // namespace millwright::config
