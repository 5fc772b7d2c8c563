// A parsed HTML tree with bounded depth: hostile nesting is refused before the parser's quadratic and recursive parts.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <gumbo.h>

#include "base/error.hpp"
#include "features/ingestion/parser.hpp"

namespace millwright::extensions {

/// Refuses (TooLarge) a text whose open tags nest deeper than `depth_max`, or that has more than a million tags.
[[nodiscard]] Result<void> check_nesting(std::string_view html, std::size_t depth_max);

/// Owns the tree and all its memory; freed at once, without walking the tree.
class HtmlTree {
 public:
  [[nodiscard]] static Result<HtmlTree> parse(std::string_view html, const ingestion::ParseLimits& limits);
  HtmlTree(HtmlTree&&) noexcept;
  HtmlTree& operator=(HtmlTree&&) noexcept;
  ~HtmlTree();
  [[nodiscard]] const GumboNode& root() const;

 private:
  struct State;
  explicit HtmlTree(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Value of an attribute, or empty.
[[nodiscard]] std::string_view attribute(const GumboElement& element, const char* name);
[[nodiscard]] bool has_attribute(const GumboElement& element, const char* name);
/// The node's children, in the tree's own memory; none for leaves.
class Children {
 public:
  explicit Children(std::span<void* const> nodes) : nodes_(nodes) {}
  class Iterator {
   public:
    explicit Iterator(void* const* at) : at_(at) {}
    const GumboNode* operator*() const { return static_cast<const GumboNode*>(*at_); }
    Iterator& operator++() { return ++at_, *this; }
    bool operator==(const Iterator&) const = default;

   private:
    void* const* at_;
  };
  [[nodiscard]] Iterator begin() const { return Iterator(nodes_.data()); }
  [[nodiscard]] Iterator end() const { return Iterator(nodes_.data() + nodes_.size()); }

 private:
  std::span<void* const> nodes_;
};
[[nodiscard]] Children children(const GumboNode& node);
[[nodiscard]] bool is_element(const GumboNode& node, GumboTag tag);
/// First descendant element of this tag, or nullptr; looks `depth_max` levels down.
[[nodiscard]] const GumboNode* find_element(const GumboNode& node, GumboTag tag, std::size_t depth_max);
/// All text below, untreated.
[[nodiscard]] std::string inner_text(const GumboNode& node, std::size_t depth_max);

}  // namespace millwright::extensions
