// Packs the ranks of an encoding for the executable, at build time.
//
//   pack_ranks RANKS.json OUT
//
// RANKS.json is a file of the npm package `tiktoken`: its member "bpe_ranks" is "! FIRST base64 base64 …", the tokens
// by rank from FIRST on; several such lists follow each other. The layout is that of base/tokens/rank_format.hpp.
#include <algorithm>
#include <bit>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/tokens/rank_format.hpp"

namespace {

using namespace millwright::tokens;

struct Token {
  std::string bytes;
  std::uint32_t rank = 0;
};

std::string decode_base64(const std::string& text) {
  static const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    const auto value = alphabet.find(c);
    if (value == std::string::npos) throw std::runtime_error("\"" + text + "\" is no base64");
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xFF);
  }
  return bytes;
}

std::vector<Token> read_tokens(const char* path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const std::string opening = "\"bpe_ranks\":";
  const auto member = text.find(opening);
  if (!in || member == std::string::npos) throw std::runtime_error(std::string(path) + ": no bpe_ranks in it");
  const auto begin = text.find('"', member + opening.size()) + 1;
  auto list = text.substr(begin, text.find('"', begin) - begin);
  for (std::size_t at = 0; (at = list.find("\\n", at)) != std::string::npos;) list.replace(at, 2, " ");
  std::vector<Token> tokens;
  std::istringstream words(list);
  std::uint32_t rank = 0;
  for (std::string word; words >> word;) {
    if (word == "!")
      words >> rank;
    else
      tokens.push_back({decode_base64(word), rank++});
  }
  return tokens;
}

void pack(const std::vector<Token>& tokens, const char* path) {
  RankHeader header;
  header.slot_bits = static_cast<std::uint32_t>(std::bit_width(tokens.size() * 5 / 4));
  header.token_count = static_cast<std::uint32_t>(tokens.size());
  std::vector<RankSlot> slots(std::size_t{1} << header.slot_bits);
  std::string texts;
  for (const auto& token : tokens) {
    if (token.bytes.empty() || token.bytes.size() >> RankSlot::length_bits != 0 ||
        token.rank >> RankSlot::rank_bits != 0 || texts.size() >> RankSlot::offset_bits != 0) {
      throw std::runtime_error("a token does not fit the slot of rank_format.hpp");
    }
    const auto hash = hash_token(token.bytes);
    auto at = hash & (slots.size() - 1);
    while (slots[at].bits != 0) at = (at + 1) & (slots.size() - 1);
    slots[at] = RankSlot::make(texts.size(), token.bytes.size(), token.rank, hash >> (64 - RankSlot::tag_bits));
    texts += token.bytes;
    header.token_bytes_max = std::max(header.token_bytes_max, static_cast<std::uint32_t>(token.bytes.size()));
  }
  header.text_bytes = static_cast<std::uint32_t>(texts.size());
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(&header), sizeof header);
  out.write(reinterpret_cast<const char*>(slots.data()), static_cast<std::streamsize>(slots.size() * sizeof(RankSlot)));
  out << texts;
  if (!out.flush()) throw std::runtime_error(std::string("cannot write ") + path);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 3) throw std::runtime_error("usage: pack_ranks RANKS.json OUT");
    pack(read_tokens(argv[1]), argv[2]);
  } catch (const std::exception& error) {
    std::cerr << "pack_ranks: " << error.what() << '\n';
    return 1;
  }
}
