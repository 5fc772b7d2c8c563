// A small checker of JSON Schema draft-07, for the keywords that the configuration's schema uses.
#pragma once

#include "base/config/node.hpp"
#include "base/json.hpp"

namespace millwright::test {

/// The tree as an editor sees it: plain scalars get the types of YAML 1.2.
[[nodiscard]] json::value as_editor_sees(const config::Node& node);
[[nodiscard]] bool accepts(const json::object& schema, const json::value& value);
/// Path of the first value that the schema refuses; empty when it accepts all.
[[nodiscard]] std::string first_refused(const json::object& schema, const json::value& value);

}  // namespace millwright::test
