// The Markdown reference of a configuration: a table a section, an option a row.
#include "base/config/scalar.hpp"
#include "base/config/spec.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace millwright::config {
namespace {

std::string cell(std::string_view text) {
  std::string result;
  for (const char c : collapsed_whitespace(text)) {
    if (c == '|') result += '\\';
    result += c;
  }
  return result;
}

std::string bound(const Spec& spec, std::int64_t value) {
  if (spec.kind == Kind::Duration) return render_duration(Duration(value));
  if (spec.kind == Kind::Size) return render_size(static_cast<std::uint64_t>(value));
  return fmt::format("{}", value);
}

std::string type_cell(const Spec& spec) {
  std::string text = describe_kind(spec);
  if (spec.kind == Kind::List) text = "a list of: " + describe_kind(spec.item.front());
  if (spec.kind == Kind::Map) text = "a map of names to: " + describe_kind(spec.item.front());
  if (spec.minimum && spec.maximum) {
    text += fmt::format(", {} to {}", bound(spec, *spec.minimum), bound(spec, *spec.maximum));
  } else if (spec.minimum) {
    text += fmt::format(", at least {}", bound(spec, *spec.minimum));
  } else if (spec.maximum) {
    text += fmt::format(", at most {}", bound(spec, *spec.maximum));
  }
  if (spec.is_nullable) text += ", or null";
  return text;
}

void add_rows(const std::string& path, const Spec& spec, std::string& out) {
  std::string preset = spec.default_text ? "`" + *spec.default_text + "`" : spec.is_required ? "required" : "";
  std::string meaning = spec.description;
  if (spec.needs_restart) meaning += " Takes effect at the next start.";
  out += fmt::format("| `{}` | {} | {} | {} |\n", path, cell(type_cell(spec)), cell(preset), cell(meaning));
  for (const auto& [name, member] : spec.members) add_rows(path + "." + name, member, out);
  if (spec.item.empty()) return;
  const Spec& item = spec.item.front();
  const std::string item_path = path + (spec.kind == Kind::List ? "[]" : ".NAME");
  for (const auto& [name, member] : item.members) add_rows(item_path + "." + name, member, out);
}

}  // namespace

std::string render_reference(const std::vector<Section>& sections) {
  std::string out = "# Configuration reference\n";
  for (const auto& section : sections) {
    out += fmt::format("\n## {}\n\n{}\n\n| option | type | default | meaning |\n|---|---|---|---|\n", section.key,
                       section.spec.description);
    add_rows(section.key, section.spec, out);
  }
  return out;
}

}  // namespace millwright::config
