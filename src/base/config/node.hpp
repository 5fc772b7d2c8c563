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

class Node {
 public:
  enum class Shape : std::uint8_t { Absent, Null, Scalar, List, Map };

  [[nodiscard]] Shape shape() const { return shape_; }
  [[nodiscard]] bool is_set() const { return shape_ != Shape::Absent && shape_ != Shape::Null; }
  /// File, line, column and dotted path.
  [[nodiscard]] const Where& where() const { return where_; }

  /// A member; an absent Node when there is none, so that look-ups chain.
  [[nodiscard]] const Node& operator[](std::string_view key) const;
  [[nodiscard]] std::span<const Node> items() const { return items_; }
  /// Members in the order of the file.
  [[nodiscard]] std::span<const std::pair<std::string, Node>> members() const { return members_; }

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
  /// Canonical YAML of this subtree: same tree, same bytes.
  [[nodiscard]] std::string render_yaml() const;

 private:
  friend class Reader;
  friend class Validator;
  Shape shape_ = Shape::Absent;
  std::string text_;
  bool is_quoted_ = false;
  std::vector<Node> items_;
  std::vector<std::pair<std::string, Node>> members_;
  Where where_;
};

/// All faults at once, in order of position: people mend files in one go.
using Faults = std::vector<Error>;

/// Strict YAML: one document, no duplicate keys, no anchors or tags, bounded in size (4 MiB) and depth (32).
[[nodiscard]] std::expected<Node, Faults> parse_yaml(std::string_view text, std::string source);
/// Joins several files: sections that are lists are concatenated, objects must not be set twice.
[[nodiscard]] std::expected<Node, Faults> merge(std::vector<Node> files);
/// Checks types, bounds, unknown keys (with the nearest name) and duplicate object names, and fills defaults.
[[nodiscard]] std::expected<Node, Faults> validate(Node tree, const std::vector<Section>& sections);

}  // namespace millwright::config
