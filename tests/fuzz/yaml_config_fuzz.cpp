// Any bytes as a configuration file: parsed, laid out, taken apart, validated and rendered without a crash; what is valid
// reads back the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/config/foreign_yaml.hpp"
#include "base/config/format.hpp"
#include "base/config/node.hpp"
#include "base/config/sample_sections.hpp"
#include "features/configuration/item_text.hpp"

using namespace millwright;

namespace {

void lay_out(std::string_view text, const config::Node& tree) {
  const auto formatted = config::format_yaml(text, "fuzz.yaml");
  if (!formatted) return;
  const auto again = config::parse_yaml(*formatted, "formatted.yaml");
  ensure(again && again->render_yaml() == tree.render_yaml(), "a layout says the same");
  ensure(config::format_yaml(*formatted, "formatted.yaml") == *formatted, "a layout is final");
}

void take_apart(const std::string& text, const config::Node& tree) {
  for (const auto& [kind, section] : tree.members()) {
    for (const auto& item : section.items()) {
      const auto& name = item["name"].text();
      const auto taken = configuration::take_item(text, "fuzz.yaml", kind, name);
      if (!name.empty() && taken) (void)configuration::add_item(taken->rest, "fuzz.yaml", kind, taken->yaml);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto tree = config::parse_yaml(text, "fuzz.yaml");
  const auto foreign = config::parse_foreign_yaml(text, "fuzz.yaml");
  ensure(foreign || !tree, "what is read strictly can be read loosely");
  if (!tree) {
    ensure(!tree.error().empty(), "a refusal has a reason");
    for (const auto& fault : tree.error()) ensure(!describe(fault).empty(), "a fault has a text");
    return 0;
  }
  lay_out(text, *tree);
  take_apart(std::string(text), *tree);
  const auto rendered = tree->render_yaml();
  const auto again = config::parse_yaml(rendered, "rendered.yaml");
  ensure(!again || again->render_yaml() == rendered, "rendering is stable");

  const auto sections = config::sample_sections();
  const auto valid = config::validate(std::move(*tree), sections);
  if (!valid) return 0;
  const auto canonical = valid->render_yaml();
  auto reread = config::parse_yaml(canonical, "canonical.yaml");
  ensure(reread.has_value(), "canonical YAML can be read");
  const auto valid_again = config::validate(std::move(*reread), sections);
  ensure(valid_again.has_value(), "canonical YAML is valid");
  ensure(valid_again->render_yaml() == canonical, "canonical YAML is stable");
  return 0;
}
