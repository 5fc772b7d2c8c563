// Text that people do not see and models read: Unicode tags, runs of invisible characters, forced direction of writing.
// Emoji, flags and scripts that need joiners stay untouched.
#include "extensions/guardrails/all.hpp"

#include <array>
#include <cstdint>

#include "extensions/guardrails/shapes.hpp"

namespace millwright::extensions {
namespace {

using namespace policy;

constexpr std::array types_list{FindingType{"hidden_text.tags"}, FindingType{"hidden_text.invisible"},
                                FindingType{"hidden_text.direction"}};
constexpr std::size_t near_max = 9, invisible_min = 6;

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 0;  // 0: malformed or past the end
};
CodePoint decode(std::string_view text, std::size_t at) {
  const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(char_at(text, i)); };
  const std::uint8_t lead = byte(at);
  const std::size_t bytes = lead >= 0xF0u ? 4 : lead >= 0xE0u ? 3 : lead >= 0xC2u ? 2 : 0;
  if (bytes == 0 || at + bytes > text.size()) return {};
  std::uint32_t value = lead & (0x7Fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) value = value << 6 | (byte(at + i) & 0x3Fu);
  return {value, bytes};
}

bool is_tag(std::uint32_t c) { return c >= 0xE0000u && c <= 0xE007Fu; }
bool is_invisible(std::uint32_t c) {
  return (c >= 0x200Bu && c <= 0x200Fu) || (c >= 0x2060u && c <= 0x2064u) || c == 0xFEFFu || c == 0x180Eu ||
         c == 0xADu || (c >= 0xFE00u && c <= 0xFE0Fu) || (c >= 0xE0100u && c <= 0xE01EFu) || is_tag(c);
}
bool is_forced_direction(std::uint32_t c) { return c == 0x202Du || c == 0x202Eu; }
bool is_of_interest(std::uint32_t c) { return is_invisible(c) || is_forced_direction(c); }

/// How many code points of interest stand next to each other before `start` and from `end` on, up to `near_max` each.
struct Neighbours {
  std::size_t before = 0, after = 0;
  std::size_t tags_before = 0, tags_after = 0;  // of them, tags in an unbroken row
};
Neighbours look_around(std::string_view text, std::size_t start, std::size_t end) {
  Neighbours near;
  bool is_row = true;
  for (std::size_t at = start; at > 0 && near.before < near_max; ++near.before) {
    const std::size_t previous = previous_code_point(text, at);
    const CodePoint point = decode(text, previous);
    if (previous + point.bytes != at || !is_of_interest(point.value)) break;
    is_row = is_row && is_tag(point.value);
    near.tags_before += is_row ? 1 : 0;
    at = previous;
  }
  is_row = true;
  for (std::size_t at = end; near.after < near_max; ++near.after) {
    const CodePoint point = decode(text, at);
    if (point.bytes == 0 || !is_of_interest(point.value)) break;
    is_row = is_row && is_tag(point.value);
    near.tags_after += is_row ? 1 : 0;
    at += point.bytes;
  }
  return near;
}

/// Flags of England, Scotland, Wales: a black flag, up to six tags, the cancel tag.
bool is_in_flag(std::string_view text, std::size_t start, std::size_t end, const Neighbours& near) {
  if (near.tags_before + 1 + near.tags_after > 8 || near.tags_before >= near_max) return false;
  const std::size_t first = start - 4 * near.tags_before, last = end + 4 * near.tags_after;
  return first >= 4 && text.substr(first - 4, 4) == "\xF0\x9F\x8F\xB4" &&
         text.substr(last - 4, 4) == "\xF3\xA0\x81\xBF";
}

class HiddenText final : public Guardrail {
 public:
  [[nodiscard]] std::string_view name() const override { return "hidden_text"; }
  [[nodiscard]] std::span<const FindingType> types() const override { return types_list; }
  [[nodiscard]] std::span<const Anchor> anchors() const override { return anchors_; }

  /// Each character is judged by its neighbours alone; the engine joins those that touch.
  std::size_t inspect(std::string_view text, Hit hit, Candidates& found) const override {
    const std::size_t start = previous_code_point(text, hit.end);
    const CodePoint point = decode(text, start);
    if (start + point.bytes != hit.end || !is_of_interest(point.value)) return 0;
    if (is_forced_direction(point.value)) {
      found.push_back({types_list[2].name, start, hit.end, 0.7});
      return 0;
    }
    const Neighbours near = look_around(text, start, hit.end);
    if (is_tag(point.value)) {
      const bool is_row = near.tags_before + near.tags_after > 0;
      if (is_row && !is_in_flag(text, start, hit.end, near))
        found.push_back({types_list[0].name, start, hit.end, 0.98});
    } else if (near.before + 1 + near.after >= invisible_min) {
      found.push_back({types_list[1].name, start, hit.end, 0.9});
    }
    return 0;
  }

  [[nodiscard]] std::size_t open_from(std::string_view text) const override {
    std::size_t start = text.size();
    for (std::size_t i = 0; i <= near_max && start > 0; ++i) {
      const std::size_t before = previous_code_point(text, start);
      const CodePoint point = decode(text, before);
      if (before + point.bytes != start || !is_of_interest(point.value)) break;
      start = before;
    }
    return start;
  }

 private:
  std::vector<Anchor> anchors_{{R"(\xf3\xa0[\x80-\x87][\x80-\xbf])"},
                               {R"(\xe2\x80[\x8b-\x8f\xad\xae])"},
                               {R"(\xe2\x81[\xa0-\xa4])"},
                               {R"(\xef(?:\xbb\xbf|\xb8[\x80-\x8f]))"},
                               {R"((?:\xc2\xad|\xe1\xa0\x8e))"}};
};

}  // namespace

std::unique_ptr<Guardrail> make_hidden_text() { return std::make_unique<HiddenText>(); }

}  // namespace millwright::extensions
