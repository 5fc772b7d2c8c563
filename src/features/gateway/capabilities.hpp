// What a model can do, and what a request asks of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace millwright::gateway {

/// LongContext is asked for by prompts beyond `long_context_tokens`; a model has it by its `context`, not by being
/// listed.
enum class Capability : std::uint8_t { Tools, Vision, JsonSchema, Reasoning, Audio, LongContext };
[[nodiscard]] std::string_view capability_name(Capability capability);  // "tools", "json_schema", …
[[nodiscard]] std::optional<Capability> find_capability(std::string_view name);
/// All names, in the order of the enumeration.
[[nodiscard]] std::vector<std::string> capability_names();

inline constexpr std::int64_t long_context_tokens = 128'000;

/// A set of capabilities.
class Capabilities {
 public:
  Capabilities() = default;
  void add(Capability capability) { bits_ |= 1u << static_cast<unsigned>(capability); }
  [[nodiscard]] bool has(Capability capability) const { return (bits_ >> static_cast<unsigned>(capability) & 1u) != 0; }
  [[nodiscard]] bool is_empty() const { return bits_ == 0; }
  [[nodiscard]] bool contains(Capabilities others) const { return (others.bits_ & ~bits_) == 0; }
  [[nodiscard]] Capabilities without(Capabilities others) const { return Capabilities(bits_ & ~others.bits_); }
  [[nodiscard]] Capabilities joined(Capabilities others) const { return Capabilities(bits_ | others.bits_); }
  /// "tools, vision"
  [[nodiscard]] std::string text() const;
  bool operator==(const Capabilities&) const = default;

 private:
  explicit Capabilities(unsigned bits) : bits_(bits) {}
  unsigned bits_ = 0;
};

/// What a canonical chat request asks of its model, apart from the length of its prompt.
[[nodiscard]] Capabilities needs_of(const json::object& body);

}  // namespace millwright::gateway
