// The file: a header; for each word its blocks, places and counts; at the end a directory by word. Integers have the
// byte order of the machine, which the header's number tells.
#include "features/retrieval/frequent_words.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include <xapian.h>

#include "features/retrieval/terms.hpp"

namespace millwright::retrieval {
namespace {

struct Header {
  std::uint64_t magic = 0x31'73'64'72'6f'77'57'4d;   // "MWwords1" where the lowest byte comes first
  std::uint64_t directory = 0;                        // its offset
  std::uint64_t words = 0;
};
/// Followed by the word and zeros up to a multiple of eight bytes.
struct DirectoryLine {
  std::uint64_t offset = 0;
  std::uint32_t blocks = 0, postings = 0;
  std::uint64_t word_bytes = 0;
};
static_assert(sizeof(Header) == 24 && sizeof(DirectoryLine) == 24 && sizeof(Block) == 12);

constexpr std::size_t padded(std::size_t bytes) { return (bytes + 7) / 8 * 8; }
constexpr std::size_t list_bytes(std::size_t blocks, std::size_t postings) {
  return padded(blocks * sizeof(Block) + postings * (sizeof(std::uint16_t) + sizeof(std::uint8_t)));
}

class Output {
 public:
  explicit Output(const std::filesystem::path& file) : out_(file, std::ios::binary | std::ios::trunc) {}
  [[nodiscard]] std::uint64_t at() const { return at_; }
  void put(const void* bytes, std::size_t count) {
    out_.write(static_cast<const char*>(bytes), static_cast<std::streamsize>(count));
    at_ += count;
  }
  void pad() {
    constexpr std::uint64_t zeros = 0;
    put(&zeros, padded(at_) - at_);
  }
  void put(const PostingList& list) {
    put(list.blocks.data(), list.blocks.size() * sizeof(Block));
    put(list.places.data(), list.places.size() * sizeof(std::uint16_t));
    put(list.counts.data(), list.counts.size());
    pad();
  }
  void put_at_start(const Header& header) {
    out_.seekp(0);
    put(&header, sizeof header);
  }
  /// False when anything could not be written.
  [[nodiscard]] bool close() {
    out_.close();
    return !out_.fail();
  }

 private:
  std::ofstream out_;
  std::uint64_t at_ = 0;
};

bool is_word(std::string_view term) {
  return !term.starts_with(allow_prefix) && !term.starts_with(deny_prefix) && !term.starts_with(class_prefix);
}

std::unexpected<Error> damaged() { return fail(ErrorCode::Corrupt, "the frequent words of an index cannot be read"); }

}  // namespace

Result<void> write_frequent_words(const Xapian::Database& database, std::span<const float> dampings,
                                  const std::filesystem::path& file) {
  Output out(file);
  Header header;
  out.put(&header, sizeof header);
  std::vector<std::pair<std::string, DirectoryLine>> directory;
  for (auto term = database.allterms_begin(); term != database.allterms_end(); ++term) {
    if (term.get_termfreq() < frequent_chunks_min || !is_word(*term)) continue;
    const PostingList list = read_postings(database, *term, dampings);
    directory.emplace_back(*term, DirectoryLine{.offset = out.at(),
                                                .blocks = static_cast<std::uint32_t>(list.blocks.size()),
                                                .postings = static_cast<std::uint32_t>(list.places.size()),
                                                .word_bytes = (*term).size()});
    out.put(list);
  }
  header.directory = out.at();
  header.words = directory.size();
  for (const auto& [word, line] : directory) {
    out.put(&line, sizeof line);
    out.put(word.data(), word.size());
    out.pad();
  }
  out.put_at_start(header);
  if (!out.close()) return fail(ErrorCode::Unavailable, "the index cannot be written: {}", std::strerror(errno));
  return {};
}

FrequentWords::Mapping::~Mapping() {
  if (base != nullptr) ::munmap(const_cast<char*>(base), bytes);
}

Result<FrequentWords> FrequentWords::open(const std::filesystem::path& file) {
  FrequentWords words;
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0 && errno == ENOENT) return words;
  if (descriptor < 0) return fail(ErrorCode::Unavailable, "the index cannot be opened: {}", std::strerror(errno));
  struct ::stat status{};
  const bool is_sized = ::fstat(descriptor, &status) == 0 && status.st_size >= static_cast<off_t>(sizeof(Header));
  const auto bytes = static_cast<std::size_t>(status.st_size);
  void* base = is_sized ? ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, descriptor, 0) : MAP_FAILED;
  ::close(descriptor);
  if (!is_sized) return damaged();
  if (base == MAP_FAILED) return fail(ErrorCode::Unavailable, "the index cannot be mapped: {}", std::strerror(errno));
  words.mapping_.reset(new Mapping{.base = static_cast<const char*>(base), .bytes = bytes});
  if (!words.read_directory()) return damaged();
  return words;
}

bool FrequentWords::read_directory() {
  const std::string_view file(mapping_->base, mapping_->bytes);
  Header header;
  std::memcpy(&header, file.data(), sizeof header);
  if (header.magic != Header{}.magic || header.directory > file.size()) return false;
  std::string_view rest = file.substr(header.directory);
  for (std::uint64_t i = 0; i < header.words; ++i) {
    DirectoryLine line;
    if (rest.size() < sizeof line) return false;
    std::memcpy(&line, rest.data(), sizeof line);
    rest.remove_prefix(sizeof line);
    if (line.word_bytes > rest.size() || padded(line.word_bytes) > rest.size() || line.offset % 8 != 0 ||
        line.offset > header.directory || list_bytes(line.blocks, line.postings) > header.directory - line.offset) {
      return false;
    }
    entries_.push_back({.word = rest.substr(0, line.word_bytes), .offset = line.offset, .blocks = line.blocks,
                        .postings = line.postings});
    rest.remove_prefix(padded(line.word_bytes));
  }
  return rest.empty() && std::ranges::is_sorted(entries_, {}, &Entry::word);
}

Result<std::optional<Postings>> FrequentWords::find(std::string_view word, std::size_t chunks, std::size_t size) const {
  const auto found = std::ranges::lower_bound(entries_, word, {}, &Entry::word);
  if (found == entries_.end() || found->word != word) return std::nullopt;
  const char* at = mapping_->base + found->offset;
  Postings postings;
  postings.blocks = {reinterpret_cast<const Block*>(at), found->blocks};
  at += found->blocks * sizeof(Block);
  postings.places = {reinterpret_cast<const std::uint16_t*>(at), found->postings};
  at += found->postings * sizeof(std::uint16_t);
  postings.counts = {reinterpret_cast<const std::uint8_t*>(at), found->postings};
  bool is_whole = postings.places.size() == chunks;
  for (std::size_t i = 0; i < postings.blocks.size(); ++i) {
    const Block& block = postings.blocks[i];
    is_whole &= (std::size_t{block.number} + 1) * block_chunks <= size && block.first < postings.end_of(i) &&
                postings.end_of(i) <= postings.places.size();
    is_whole &= i == 0 ? block.first == 0 : block.number > postings.blocks[i - 1].number;
  }
  if (!is_whole) return damaged();
  return postings;
}

}  // namespace millwright::retrieval
