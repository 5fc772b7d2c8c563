// The postings of frequent words in one mapped file beside an index: what makes questions slow, laid out for the
// ranking. Rare words are read from the library's own lists.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/error.hpp"
#include "features/retrieval/postings.hpp"

namespace millwright::retrieval {

/// Its name in the directory of an index.
constexpr std::string_view frequent_words_file = "words";
/// Words of fewer chunks are rare.
constexpr std::uint32_t frequent_chunks_min = 512;

/// Writes the frequent words of `database` into `file`, which must not exist. Throws Xapian::Error.
[[nodiscard]] Result<void> write_frequent_words(const Xapian::Database& database, std::span<const float> dampings,
                                                const std::filesystem::path& file);

/// Immutable and thread-safe.
class FrequentWords {
 public:
  /// Without a file there are no frequent words: every answer is the same, slower. Corrupt when it is no such file.
  [[nodiscard]] static Result<FrequentWords> open(const std::filesystem::path& file);
  FrequentWords(FrequentWords&&) noexcept = default;
  FrequentWords& operator=(FrequentWords&&) noexcept = default;

  /// Absent when the word is not frequent; Corrupt when its postings are not those of a word in `chunks` chunks of an
  /// index of `size` chunks. Valid as long as this.
  [[nodiscard]] Result<std::optional<Postings>> find(std::string_view word, std::size_t chunks, std::size_t size) const;

 private:
  struct Mapping {
    const char* base = nullptr;
    std::size_t bytes = 0;
    ~Mapping();
  };
  struct Entry {
    std::string_view word;
    std::uint64_t offset = 0;
    std::uint32_t blocks = 0, postings = 0;
  };
  FrequentWords() = default;
  [[nodiscard]] bool read_directory();

  std::unique_ptr<const Mapping> mapping_;
  std::vector<Entry> entries_;   // by word
};

}  // namespace millwright::retrieval
