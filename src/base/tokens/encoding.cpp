#include "base/tokens/encoding.hpp"

#include <array>

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/tokens/merge.hpp"
#include "base/tokens/pieces.hpp"

extern "C" {
extern const char millwright_o200k_base_begin[], millwright_o200k_base_end[];
extern const char millwright_cl100k_base_begin[], millwright_cl100k_base_end[];
}

namespace millwright::tokens {
namespace {

const RankTable& ranks_of(Encoding encoding) {
  static const RankTable o200k({millwright_o200k_base_begin, millwright_o200k_base_end});
  static const RankTable cl100k({millwright_cl100k_base_begin, millwright_cl100k_base_end});
  return encoding == Encoding::O200kBase ? o200k : cl100k;
}

Count run(Encoding encoding, std::string_view text, std::int64_t tokens_max, std::vector<std::uint32_t>* out) {
  const auto& ranks = ranks_of(encoding);
  ensure(!ranks.is_empty(), "tokens are counted where the build holds their ranks");
  const auto piece_end = encoding == Encoding::O200kBase ? piece_end_o200k : piece_end_cl100k;
  Merger merger(ranks);
  Count count;
  for (std::size_t at = 0; at < text.size() && count.tokens <= tokens_max;) {
    auto piece = text.substr(at, piece_end(text, at) - at);
    at += piece.size();
    while (piece.size() > piece_bytes_max) {
      const auto head = utf8_prefix(piece, piece_bytes_max);
      count.is_exact = false;
      count.tokens += merger.run(head, out);
      piece.remove_prefix(head.size());
    }
    if (!piece.empty()) count.tokens += merger.run(piece, out);
  }
  return count;
}

constexpr std::array<std::pair<std::string_view, Encoding>, 3> names{{{"o200k_base", Encoding::O200kBase},
                                                                      {"cl100k_base", Encoding::Cl100kBase},
                                                                      {"o200k_harmony", Encoding::O200kBase}}};

}  // namespace

std::string_view encoding_name(Encoding encoding) {
  return encoding == Encoding::O200kBase ? "o200k_base" : "cl100k_base";
}

std::optional<Encoding> find_encoding(std::string_view name) {
  for (const auto& [known, encoding] : names) {
    if (known == name) return encoding;
  }
  return std::nullopt;
}

bool is_available(Encoding encoding) { return !ranks_of(encoding).is_empty(); }

Count count_tokens(Encoding encoding, std::string_view text, std::int64_t tokens_max) {
  return run(encoding, text, tokens_max, nullptr);
}

std::vector<std::uint32_t> encode(Encoding encoding, std::string_view text) {
  std::vector<std::uint32_t> tokens;
  run(encoding, text, std::numeric_limits<std::int64_t>::max(), &tokens);
  return tokens;
}

}  // namespace millwright::tokens
