// A configuration as read: a tree that remembers where each value stood. After validation every accessor is safe:
// types have been checked and defaults filled in.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/spec.hpp"
#include "base/error.hpp"
#include "base/money.hpp"
#include "base/secret_source.hpp"
#include "base/time.hpp"

namespace millwright::config {

struct NodeMember;

class Node {
 public:
  enum class Shape : std::uint8_t { Absent, Null, Scalar, List, Map };

  [[nodiscard]] Shape shape() const { return shape_; }
  [[nodiscard]] bool is_set() const { return shape_ != Shape::Absent && shape_ != Shape::Null; }
  /// True when the value is not in any file but the default of its Spec.
  [[nodiscard]] bool is_default() const { return is_default_; }
  /// File, line, column and dotted path.
  [[nodiscard]] const Where& where() const { return where_; }

  /// A member; an absent Node when there is none, so that look-ups chain.
  [[nodiscard]] const Node& operator[](std::string_view key) const;
  [[nodiscard]] std::span<const Node> items() const { return items_; }
  /// Members in the order of the file; after validation in the order of their Spec, those of a Map by name.
  [[nodiscard]] std::span<const NodeMember> members() const;

  // Scalars of a validated tree; the caller asks for what its Spec declared. Unset optional values: empty, 0, false.
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::int64_t integer() const;
  [[nodiscard]] double real() const;
  [[nodiscard]] bool boolean() const;
  [[nodiscard]] Duration duration() const;
  [[nodiscard]] std::uint64_t size() const;
  [[nodiscard]] Money money() const;
  [[nodiscard]] UnitPrice unit_price() const;
  [[nodiscard]] SecretSource secret() const;
  [[nodiscard]] std::vector<std::string> texts() const;   // list of scalars

  /// An InvalidConfig error at this node.
  [[nodiscard]] Error error(std::string message, std::string fix = {}) const;
  /// The tree without what its defaults say anyway.
  [[nodiscard]] Node without_defaults() const;
  /// Canonical YAML of this subtree: same tree, same bytes.
  [[nodiscard]] std::string render_yaml() const;

 private:
  friend class Reader;
  friend class Validator;
  friend class Merger;
  friend void set_paths(Node& root);
  void render_into(std::string& out, std::size_t indent, bool is_after_dash) const;

  Shape shape_ = Shape::Absent;
  bool is_default_ = false;
  bool is_redundant_ = false;   // says what the default says
  bool is_quoted_ = false;      // text, even when it looks like a number
  std::string text_;
  std::vector<Node> items_;
  std::vector<NodeMember> members_;
  Where where_;
  std::uint32_t key_line_ = 0;     // of the member name before it
  std::uint32_t key_column_ = 0;
};

struct NodeMember {
  std::string name;
  Node node;
};
inline std::span<const NodeMember> Node::members() const { return members_; }

/// All faults at once, in order of position: people mend files in one go.
using Faults = std::vector<Error>;

/// Strict YAML: one document, no duplicate keys, no anchors or tags, bounded in size (4 MiB), depth (32)
/// and count of values (100,000).
[[nodiscard]] std::expected<Node, Faults> parse_yaml(std::string_view text, std::string source);
/// Joins several files: sections that are lists are concatenated, objects must not be set twice.
[[nodiscard]] std::expected<Node, Faults> merge(std::vector<Node> files);
/// Checks types, bounds, unknown keys (with the nearest name) and duplicate object names, and fills defaults.
[[nodiscard]] std::expected<Node, Faults> validate(Node tree, const std::vector<Section>& sections);

}  // namespace millwright::config
