// One object in the text of a configuration file: taken out, or put in, with everything else left as it stands.
#pragma once

#include <string>
#include <string_view>

#include "base/config/node.hpp"
#include "base/error.hpp"

namespace millwright::configuration {

/// An object as its file writes it, and the file without it. Comments around it stay.
struct TakenItem {
  std::string yaml;        // canonical, of the object alone
  std::string rest;
};
/// NotFound when the file has no such object; InvalidConfig for a text that is no configuration file.
[[nodiscard]] Result<TakenItem> take_item(const std::string& text, const std::string& source, std::string_view kind,
                                          std::string_view name);
/// `yaml`, of one object, as the last item of the section `kind`, which is made when it is missing. Conflict when the
/// section is written in brackets.
[[nodiscard]] Result<std::string> add_item(const std::string& text, const std::string& source, std::string_view kind,
                                           const std::string& yaml);

}  // namespace millwright::configuration
