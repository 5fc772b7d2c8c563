#include "base/tokens/estimate.hpp"

#include <algorithm>
#include <array>

#include "base/tokens/characters.hpp"

namespace millwright::tokens {
namespace {

enum Feature : std::uint8_t {
  Words,
  Tail,
  Accented,
  Cyrillic,
  Greek,
  Semitic,
  Indic,
  Southeast,
  Han,
  Kana,
  Hangul,
  Digits,
  Signs,
  Breaks,
  Blanks,
  Other,
  FeatureCount
};
using Weights = std::array<float, FeatureCount>;

constexpr std::int64_t plain_letters = 4;  // of a word; the ones behind them are its tail

// In the order of Feature. Digits are set: three share a token, or each is one.
constexpr std::array<Weights, 4> weights{{
    {.704f, .288f, .747f, .311f, .386f, .359f, .401f, .433f, .813f, .598f, .714f, .45f, .377f, 1.803f, .571f, 1.002f},
    {.686f, .388f, 1.321f, .453f, .734f, .69f, 1.052f, .873f, .95f, .705f, .998f, .45f, .335f, 1.345f, .784f, 1.567f},
    {.752f, .425f, 2.023f, .463f, 1.151f, 1.099f, 1.365f, 1.212f, 1.317f, 1.003f, 1.749f, 1.f, .554f, 1.522f, 1.095f,
     1.764f},
    {.75f, .396f, 2.396f, .63f, 1.298f, 1.108f, 1.552f, 2.155f, 1.041f, .923f, 1.381f, .6f, .493f, 1.376f, .208f,
     1.297f},
}};

struct Range {
  std::int32_t end;  // first code point behind it
  Feature feature;
};
// Unicode blocks, coarsely; what begins no range is Other.
constexpr std::array<Range, 25> ranges{{
    {0xC0, Other},       {0x250, Accented},  {0x300, Other},      {0x370, Accented}, {0x400, Greek},
    {0x530, Cyrillic},   {0x590, Southeast}, {0x900, Semitic},    {0xE00, Indic},    {0x10A0, Southeast},
    {0x1100, Southeast}, {0x1200, Hangul},   {0x1C00, Southeast}, {0x1E00, Other},   {0x1F00, Accented},
    {0x2000, Greek},     {0x3040, Other},    {0x3100, Kana},      {0x3400, Other},   {0xA000, Han},
    {0xAC00, Other},     {0xD7B0, Hangul},   {0xF900, Other},     {0xFB00, Han},     {0x20000, Other},
}};

Feature feature_of(std::int32_t point) {
  const auto range = std::ranges::upper_bound(ranges, point, {}, &Range::end);
  if (range != ranges.end()) return range->feature;
  return point < 0x30000 ? Han : Other;
}

/// What a text is made of.
class Features {
 public:
  explicit Features(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
      const auto byte = static_cast<unsigned char>(text[at]);
      if (byte < 0x80) {
        add_ascii(ascii_classes[byte]);
        ++at;
      } else {
        const auto point = code_point_at(text, at);
        add_wide(point.value < 0 ? Other : feature_of(point.value));
        at += point.bytes;
      }
    }
    end_spaces();
  }
  [[nodiscard]] double total(const Weights& by) const {
    double sum = 0;
    for (std::size_t i = 0; i < FeatureCount; ++i) sum += static_cast<double>(counts_[i]) * static_cast<double>(by[i]);
    return sum;
  }

 private:
  void add_ascii(std::uint8_t classes) {
    if ((classes & character::space) != 0) {
      ++spaces_;
      has_break_ |= classes == character::line_break;
      letters_ = -1;
      return;
    }
    if (spaces_ > 0) end_spaces();
    if ((classes & character::letter) == 0) {
      ++counts_[classes == character::number ? Digits : Signs];
      letters_ = -1;
      return;
    }
    begin_word();
    if (++letters_ > plain_letters) ++counts_[Tail];
  }
  void add_wide(Feature feature) {
    if (spaces_ > 0) end_spaces();
    ++counts_[feature];
    if (feature == Accented)
      begin_word();
    else
      letters_ = -1;
  }
  void begin_word() {
    if (letters_ >= 0) return;
    ++counts_[Words];
    letters_ = 0;
  }
  void end_spaces() {
    if (has_break_) ++counts_[Breaks];
    if (spaces_ > 1) ++counts_[Blanks];
    spaces_ = 0;
    has_break_ = false;
  }

  std::array<std::int64_t, FeatureCount> counts_{};
  std::int64_t spaces_ = 0;
  std::int64_t letters_ = -1;  // plain ones of the word we are in; -1: in none
  bool has_break_ = false;
};

}  // namespace

std::string_view vocabulary_name(Vocabulary vocabulary) {
  constexpr std::array<std::string_view, 4> names{"large", "broad", "narrow", "claude"};
  return names[static_cast<std::size_t>(vocabulary)];
}

std::int64_t estimate_tokens(Vocabulary vocabulary, std::string_view text) {
  if (text.empty()) return 0;
  const Features features(text);
  return std::max<std::int64_t>(
      1, static_cast<std::int64_t>(features.total(weights[static_cast<std::size_t>(vocabulary)]) + 0.5));
}

}  // namespace millwright::tokens
