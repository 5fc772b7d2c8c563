// The styles of a Word document, reduced to what they mean for a reader: heading level, list, code, quote, hidden.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <pugixml.hpp>

namespace millwright::extensions {

/// The name of an element without its namespace prefix: files choose their own prefixes.
[[nodiscard]] std::string_view local_name(const pugi::xml_node& node);
[[nodiscard]] pugi::xml_node child_named(const pugi::xml_node& node, std::string_view name);
/// Value of the attribute with this local name, or empty.
[[nodiscard]] std::string_view attribute_named(const pugi::xml_node& node, std::string_view name);
/// `<w:vanish/>` is on, `<w:vanish w:val="0"/>` is off.
[[nodiscard]] bool is_on(const pugi::xml_node& node);

struct ParagraphStyle {
  std::uint8_t heading = 0;    // 1…6
  bool is_title = false;
  bool is_list = false;
  bool is_code = false;
  bool is_quote = false;
  bool is_hidden = false;
};

/// True when run properties hide the text: vanish, white on nothing, at most two points high.
[[nodiscard]] bool hides_run(const pugi::xml_node& run_properties);

class Styles {
 public:
  /// `root`: the <w:styles> element; may be empty.
  explicit Styles(const pugi::xml_node& root);
  /// By style id; a style unknown to the document is judged by its id.
  [[nodiscard]] ParagraphStyle find(std::string_view id) const;

 private:
  struct Raw {
    std::string name, based_on;
    int outline = -1;
    bool is_list = false, is_hidden = false;
  };
  std::map<std::string, Raw, std::less<>> raw_;
};

}  // namespace millwright::extensions
