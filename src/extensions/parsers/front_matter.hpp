// The `---` block of "key: value" lines that may open a Markdown file.
#pragma once

#include <string>
#include <string_view>

namespace millwright::extensions {

struct FrontMatter {
  std::string title, language, updated;
  std::size_t bytes = 0;   // to skip; 0: there is none
};
[[nodiscard]] FrontMatter read_front_matter(std::string_view text);

}  // namespace millwright::extensions
