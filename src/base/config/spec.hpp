// What a configuration may say: a tree of options, each declared once with name, type, default, bounds and a sentence.
// The same tree validates, fills defaults, and prints the JSON Schema, the help and the reference.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millwright::config {

enum class Kind : std::uint8_t {
  Text,        // any string
  Name,        // identifier of an object: ^[a-z0-9][a-z0-9._-]{0,62}$
  Choice,      // one of `choices`
  Integer,
  Real,
  Boolean,
  Duration,    // "30s"
  Size,        // "8MiB"
  Money,       // "12.50 USD"
  UnitPrice,   // "0.15 USD/Mtok"
  Date,        // "2027-09-01"
  Secret,      // {env: X} | {file: P} | {cred: N}; a literal is an error
  List,        // of `item`
  Object,      // of `members`, unknown keys are errors; when absent, filled with their defaults, unless it is
               // nullable or has a required member
  Map,         // of any name to `item`
};

struct SpecMember;

/// One option, or a group of them.
struct Spec {
  Kind kind = Kind::Text;
  std::string description;                  // one sentence, with the unit
  bool is_required = false;
  bool is_nullable = false;                 // `key: null` means "not set"
  bool needs_restart = false;
  std::optional<std::string> default_text;  // as one would write it in YAML
  std::optional<std::int64_t> minimum;      // numbers: value; texts and lists: length; durations: ms; sizes: bytes
  std::optional<std::int64_t> maximum;
  std::vector<std::string> choices;
  std::vector<SpecMember> members;       // in the order of the documentation
  std::vector<Spec> item;                // exactly one for List and Map

  Spec& required() { is_required = true; return *this; }
  Spec& nullable() { is_nullable = true; return *this; }
  Spec& restart() { needs_restart = true; return *this; }
  Spec& fallback(std::string text) { default_text = std::move(text); return *this; }
  Spec& between(std::int64_t low, std::int64_t high) { minimum = low; maximum = high; return *this; }
};

struct SpecMember {
  std::string name;
  Spec spec;
};

/// `option(Kind::Duration, "How long a request may take.").fallback("60s")`
[[nodiscard]] Spec option(Kind kind, std::string description);
[[nodiscard]] Spec choice(std::string description, std::vector<std::string> choices);
[[nodiscard]] Spec object(std::string description, std::vector<SpecMember> members);
[[nodiscard]] Spec list_of(std::string description, Spec item);
[[nodiscard]] Spec map_of(std::string description, Spec item);

/// A top-level key of the configuration and what may stand below it. Each feature offers its own.
struct Section {
  std::string key;
  Spec spec;
};

/// JSON Schema draft-07 of a whole configuration file, pretty-printed, for editors.
[[nodiscard]] std::string render_json_schema(const std::vector<Section>& sections);
/// Markdown reference: one table a section.
[[nodiscard]] std::string render_reference(const std::vector<Section>& sections);

}  // namespace millwright::config
