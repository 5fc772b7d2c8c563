#include "features/retrieval/frequent_words.hpp"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>
#include <xapian.h>

#include "features/retrieval/chunk_table.hpp"
#include "features/retrieval/ranking.hpp"
#include "features/retrieval/terms.hpp"
#include "tests/support/temp_directory.hpp"

namespace millwright::retrieval {
namespace {

class FrequentWordsTest : public testing::Test {
 protected:
  static constexpr std::uint32_t chunks = 2 * block_chunks;

  FrequentWordsTest() {
    Xapian::WritableDatabase database("", Xapian::DB_BACKEND_INMEMORY);
    for (std::uint32_t chunk = 0; chunk < chunks; ++chunk) {
      Xapian::Document document;
      document.add_term("all", 1 + chunk % 300);
      if (chunk % 5 == 0) document.add_term("fifth");
      if (chunk >= block_chunks && chunk < block_chunks + frequent_chunks_min) document.add_term("barely");
      if (chunk < frequent_chunks_min - 1) document.add_term("rare");
      document.add_boolean_term(allow_term("everyone"));
      document.add_boolean_term(class_term(policy::DataClass::Public));
      database.add_document(document);
    }
    database.commit();
    database_ = database;
    table_ = ChunkTable::load(database_);
    EXPECT_TRUE(write_frequent_words(database_, table_.dampings(), file_));
  }
  std::string bytes() const {
    std::ifstream in(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  void replace(std::string_view bytes) const {
    std::ofstream(file_, std::ios::binary | std::ios::trunc) << bytes;
  }
  Result<std::optional<Postings>> find(const FrequentWords& words, std::string_view word) const {
    return words.find(word, database_.get_termfreq(std::string(word)), table_.size());
  }

  test::TempDirectory directory_;
  std::filesystem::path file_ = directory_.path() / "words";
  Xapian::Database database_;
  ChunkTable table_;
};

TEST_F(FrequentWordsTest, GivesThePostingsOfTheLibrary) {
  const auto words = FrequentWords::open(file_);
  ASSERT_TRUE(words);
  for (const std::string word : {"all", "fifth", "barely"}) {
    SCOPED_TRACE(word);
    const auto found = find(*words, word);
    ASSERT_TRUE(found && *found);
    const PostingList expected = read_postings(database_, word, table_.dampings());
    EXPECT_TRUE(std::ranges::equal((*found)->places, expected.places));
    EXPECT_TRUE(std::ranges::equal((*found)->counts, expected.counts));
    ASSERT_EQ((*found)->blocks.size(), expected.blocks.size());
    for (std::size_t i = 0; i < expected.blocks.size(); ++i) {
      EXPECT_EQ((*found)->blocks[i].number, expected.blocks[i].number);
      EXPECT_EQ((*found)->blocks[i].first, expected.blocks[i].first);
      EXPECT_EQ((*found)->blocks[i].share_max, expected.blocks[i].share_max);
    }
  }
}

TEST_F(FrequentWordsTest, LeavesOutRareWordsAndPermissions) {
  const auto words = FrequentWords::open(file_);
  ASSERT_TRUE(words);
  for (const std::string& word : {std::string("rare"), std::string("absent"), std::string(), allow_term("everyone")}) {
    const auto found = find(*words, word);
    ASSERT_TRUE(found) << word;
    EXPECT_FALSE(*found) << word;
  }
}

TEST_F(FrequentWordsTest, HoldsNothingWithoutAFile) {
  const auto words = FrequentWords::open(directory_.path() / "none");
  ASSERT_TRUE(words);
  EXPECT_FALSE(*find(*words, "all"));
}

TEST_F(FrequentWordsTest, RefusesPostingsOfAnotherIndex) {
  const auto words = FrequentWords::open(file_);
  ASSERT_TRUE(words);
  const auto other_count = words->find("all", chunks - 1, table_.size());
  ASSERT_FALSE(other_count);
  EXPECT_EQ(other_count.error().code, ErrorCode::Corrupt);
  EXPECT_FALSE(words->find("all", chunks, block_chunks));
}

TEST_F(FrequentWordsTest, RefusesAFileCutShort) {
  const std::string whole = bytes();
  for (const std::size_t size : {std::size_t{0}, std::size_t{7}, std::size_t{24}, whole.size() / 2, whole.size() - 8}) {
    replace(std::string_view(whole).substr(0, size));
    const auto words = FrequentWords::open(file_);
    ASSERT_FALSE(words) << size;
    EXPECT_EQ(words.error().code, ErrorCode::Corrupt);
  }
}

/// Whatever byte is damaged: an error or another ranking, never memory that is not the index's.
TEST_F(FrequentWordsTest, StaysInsideTheIndexWhateverIsDamaged) {
  const std::string whole = bytes();
  const auto sights = table_.sights({}, policy::DataClass::Public);
  std::size_t refused = 0;
  for (std::size_t at = 0; at < whole.size(); at += at < 128 || at + 256 > whole.size() ? 1 : 997) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0xff);
    replace(damaged);
    const auto words = FrequentWords::open(file_);
    const auto found = words ? find(*words, "all") : fail(ErrorCode::Corrupt, "not opened");
    if (!found || !*found) {
      ++refused;
      continue;
    }
    const std::vector<WeightedWord> asked{{.weight = 1, .postings = **found}};
    for (const Hit& hit : rank(asked, table_, sights, 10).visible) ASSERT_LT(hit.chunk, chunks);
  }
  EXPECT_GT(refused, 24u);
}

}  // namespace
}  // namespace millwright::retrieval
