#include "cli/litellm/vocabulary.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace millwright::cli::litellm {

namespace {

constexpr std::string_view item_mark = "[]";

/// "targets[]" below `spec`.
const config::Spec* step(const config::Spec& spec, std::string_view name) {
  const bool wants_item = name.ends_with(item_mark);
  if (wants_item) name.remove_suffix(item_mark.size());
  const auto found = std::ranges::find_if(spec.members, [name](const auto& member) { return member.name == name; });
  if (found == spec.members.end()) return nullptr;
  if (!wants_item) return &found->spec;
  return found->spec.item.empty() ? nullptr : &found->spec.item.front();
}

}  // namespace

const config::Spec* Vocabulary::find(std::string_view path) const {
  const config::Spec* at = nullptr;
  for (const auto part : split(path, '.')) {
    if (at != nullptr) {
      at = step(*at, part);
    } else {
      const auto name = part.substr(0, part.find('['));
      const auto found = std::ranges::find_if(sections, [name](const auto& section) { return section.key == name; });
      if (found == sections.end()) return nullptr;
      at = &found->spec;
      if (part.ends_with(item_mark)) at = at->item.empty() ? nullptr : &at->item.front();
    }
    if (at == nullptr) return nullptr;
  }
  return at;
}

bool Vocabulary::takes(std::string_view path, std::string_view choice) const {
  const auto* spec = find(path);
  return spec != nullptr && std::ranges::find(spec->choices, choice) != spec->choices.end();
}

}  // namespace millwright::cli::litellm
