// Which elements of a page a reader cannot see: by attribute, inline style, or a simple rule of the page's style sheet.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include <gumbo.h>

namespace millwright::extensions {

/// What an element inherits for judging whether its text shows.
struct Visibility {
  bool is_hidden = false;
  std::string color;               // as written, normalised; empty: the default (dark)
  std::string background = "white";
};

/// Selectors of one class or id ("`.note`", "`#top`") that a style sheet hides.
using HiddenSelectors = std::set<std::string, std::less<>>;
void collect_hidden_selectors(std::string_view style_sheet, HiddenSelectors& into);

/// True when the declarations ("display:none; color:#fff") hide text by themselves.
[[nodiscard]] bool hides_text(std::string_view declarations);
/// The visibility inside `element`, given that around it.
[[nodiscard]] Visibility visibility_in(const GumboElement& element, const Visibility& around,
                                       const HiddenSelectors& hidden);

}  // namespace millwright::extensions
