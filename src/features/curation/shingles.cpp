#include "features/curation/shingles.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace millwright::curation {

namespace {

constexpr double resemblance_min = 0.7;
constexpr double containment_min = 0.85;
constexpr double size_ratio_min = 0.6;   // a chapter is no copy of the book that holds it

std::uint64_t mixed(std::uint64_t value) {   // splitmix64
  value += 0x9E3779B97F4A7C15ULL;
  value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ value >> 27) * 0x94D049BB133111EBULL;
  return value ^ value >> 31;
}

std::uint64_t hash_of(std::string_view word) {   // FNV-1a
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : word) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return mixed(hash);
}

bool is_word_byte(unsigned char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte >= 0x80;
}

std::vector<std::uint64_t> words_of(const ingestion::ParsedDocument& parsed) {
  std::vector<std::uint64_t> words;
  for (const ingestion::Block& block : parsed.blocks) {
    if (block.is_hidden) continue;
    const std::string text = normalized_for_comparison(block.text);
    for (std::size_t at = 0; at < text.size();) {
      while (at < text.size() && !is_word_byte(static_cast<unsigned char>(text[at]))) ++at;
      const std::size_t start = at;
      while (at < text.size() && is_word_byte(static_cast<unsigned char>(text[at]))) ++at;
      if (at > start) words.push_back(hash_of(std::string_view(text).substr(start, at - start)));
    }
  }
  return words;
}

}  // namespace

std::vector<std::uint64_t> shingles_of(const ingestion::ParsedDocument& parsed) {
  const std::vector<std::uint64_t> words = words_of(parsed);
  std::vector<std::uint64_t> shingles;
  if (words.size() < words_min) return shingles;
  shingles.reserve(words.size());
  for (std::size_t i = 0; i + shingle_words <= words.size(); ++i) {
    std::uint64_t hash = 0;
    for (std::size_t k = 0; k < shingle_words; ++k) hash = mixed(hash ^ words[i + k]);
    shingles.push_back(hash);
  }
  std::ranges::sort(shingles);
  shingles.erase(std::ranges::unique(shingles).begin(), shingles.end());
  return shingles;
}

BandKeys band_keys(const std::vector<std::uint64_t>& shingles) {
  std::array<std::uint64_t, bands * rows_a_band> minima;
  minima.fill(UINT64_MAX);
  std::array<std::uint64_t, bands * rows_a_band> seeds;
  for (std::size_t i = 0; i < seeds.size(); ++i) seeds[i] = mixed(i + 1) | 1;
  for (const std::uint64_t shingle : shingles) {
    for (std::size_t i = 0; i < seeds.size(); ++i) {
      std::uint64_t value = shingle * seeds[i];
      value ^= value >> 32;
      minima[i] = std::min(minima[i], value);
    }
  }
  BandKeys keys{};
  for (std::size_t band = 0; band < bands; ++band) {
    std::uint64_t key = band;
    for (std::size_t row = 0; row < rows_a_band; ++row) key = mixed(key ^ minima[band * rows_a_band + row]);
    keys[band] = static_cast<std::int64_t>(key);
  }
  return keys;
}

Overlap overlap_of(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
  if (a.empty() || b.empty()) return {};
  std::size_t common = 0;
  for (std::size_t i = 0, k = 0; i < a.size() && k < b.size();) {
    if (a[i] == b[k]) ++common, ++i, ++k;
    else if (a[i] < b[k]) ++i;
    else ++k;
  }
  const auto smaller = static_cast<double>(std::min(a.size(), b.size()));
  const auto larger = static_cast<double>(std::max(a.size(), b.size()));
  return {static_cast<double>(common) / (smaller + larger - static_cast<double>(common)),
          static_cast<double>(common) / smaller, smaller / larger};
}

bool is_near_copy(const Overlap& overlap) {
  return overlap.resemblance >= resemblance_min ||
         (overlap.containment >= containment_min && overlap.size_ratio >= size_ratio_min);
}

}  // namespace millwright::curation
