#include "features/retrieval/ranking.hpp"

#include <cmath>
#include <map>
#include <random>

#include <gtest/gtest.h>
#include <xapian.h>

#include "features/retrieval/terms.hpp"

namespace millwright::retrieval {
namespace {

/// Three blocks of chunks of words by rank of frequency, with permissions: group:a for every third, nobody denied but
/// user:eve in every seventh, restricted every eleventh.
Xapian::Database make_index(std::uint32_t chunks, unsigned seed) {
  Xapian::WritableDatabase database("", Xapian::DB_BACKEND_INMEMORY);
  std::mt19937 random(seed);
  for (std::uint32_t chunk = 0; chunk < chunks; ++chunk) {
    Xapian::Document document;
    const auto length = 5 + random() % 60;
    for (std::size_t i = 0; i < length; ++i) {
      const double rank = std::pow(400.0, static_cast<double>(random() % 10'000) / 10'000);
      document.add_term(fmt::format("w{}", static_cast<int>(rank)));
    }
    document.add_boolean_term(allow_term(chunk % 3 == 0 ? "group:a" : "everyone"));
    if (chunk % 7 == 0) document.add_boolean_term(deny_term("user:eve"));
    document.add_boolean_term(class_term(chunk % 11 == 0 ? policy::DataClass::Restricted : policy::DataClass::Public));
    database.add_document(document);
  }
  database.commit();
  return database;
}

double weight_of(const Xapian::Database& database, const std::string& term) {
  const double chunks = database.get_doccount(), holding = database.get_termfreq(term);
  const double odds = (chunks - holding + 0.5) / (holding + 0.5);
  return std::log(odds < 2 ? odds * 0.5 + 1 : odds);
}

/// The library's own ranking, with permissions as a filter of its query: what ours must equal.
std::vector<Hit> rank_by_library(const Xapian::Database& database, const std::vector<std::string>& words,
                                 const Xapian::Query& allow, const Xapian::Query& deny, Xapian::doccount top) {
  using Xapian::Query;
  Query query(Query::OP_OR, words.begin(), words.end());
  query = Query(Query::OP_AND_NOT, Query(Query::OP_FILTER, query, allow), deny);
  Xapian::Enquire enquire(database);
  enquire.set_weighting_scheme(Xapian::BM25Weight(bm25_k1, 0, 0, bm25_b, bm25_length_min));
  enquire.set_query(query);
  std::vector<Hit> hits;
  const Xapian::MSet found = enquire.get_mset(0, top);
  for (auto hit = found.begin(); hit != found.end(); ++hit) hits.push_back({*hit - 1, hit.get_weight()});
  return hits;
}

struct Asked {
  std::vector<PostingList> lists;
  std::vector<WeightedWord> words;
};
Asked ask(const Xapian::Database& database, const ChunkTable& table, const std::vector<std::string>& terms) {
  Asked asked;
  for (const std::string& term : terms) asked.lists.push_back(read_postings(database, term, table.dampings()));
  for (std::size_t i = 0; i < terms.size(); ++i) {
    asked.words.push_back({.weight = weight_of(database, terms[i]), .postings = asked.lists[i].view()});
  }
  return asked;
}

/// Scores may differ by rounding, and then the order of chunks that are all but equal.
void expect_same(const std::vector<Hit>& ours, const std::vector<Hit>& theirs) {
  ASSERT_EQ(ours.size(), theirs.size());
  std::map<std::uint32_t, double> scores;
  for (const Hit& hit : theirs) scores[hit.chunk] = hit.score;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    EXPECT_NEAR(ours[i].score, theirs[i].score, 1e-4) << "rank " << i;
    if (scores.contains(ours[i].chunk)) EXPECT_NEAR(ours[i].score, scores[ours[i].chunk], 1e-4);
    else EXPECT_NEAR(ours[i].score, theirs.back().score, 1e-4) << "chunk " << ours[i].chunk;
  }
}

TEST(Ranking, EqualsThatOfTheLibraryUnderPermissions) {
  const Xapian::Database database = make_index(3 * block_chunks - 100, 7);
  const ChunkTable table = ChunkTable::load(database);
  const Xapian::Query everyone(allow_term("everyone")), member(allow_term("group:a")), eve(deny_term("user:eve"));
  const Xapian::Query either = everyone | member, nobody, open(class_term(policy::DataClass::Public));
  struct Case {
    std::string_view name;
    Reader reader;
    policy::DataClass class_max;
    Xapian::Query allow, deny;
  };
  const std::vector<Case> cases{
      {"everyone", {"ana", {}}, policy::DataClass::Restricted, everyone, nobody},
      {"member", {"ana", {"a", "b"}}, policy::DataClass::Restricted, either, nobody},
      {"denied", {"eve", {"a"}}, policy::DataClass::Restricted, either, eve},
      {"class", {"ana", {}}, policy::DataClass::Internal, everyone & open, nobody},
  };
  std::mt19937 random(11);
  for (int i = 0; i < 60; ++i) {
    std::vector<std::string> words;
    for (std::size_t w = 0; w < 1 + random() % 6; ++w) words.push_back(fmt::format("w{}", 1 + random() % 399));
    std::ranges::sort(words);
    words.erase(std::ranges::unique(words).begin(), words.end());
    const Asked asked = ask(database, table, words);
    for (const Case& one : cases) {
      SCOPED_TRACE(fmt::format("{}: {}", one.name, fmt::join(words, " ")));
      const Ranking ours = rank(asked.words, table, table.sights(one.reader, one.class_max), 10);
      expect_same(ours.visible, rank_by_library(database, words, one.allow, one.deny, 10));
      const Xapian::Query in_class = one.class_max == policy::DataClass::Restricted ? Xapian::Query::MatchAll : open;
      expect_same(ours.in_class, rank_by_library(database, words, in_class, nobody, 10));
    }
  }
}

TEST(Ranking, OfEqualChunksTheFirstComesFirst) {
  Xapian::WritableDatabase database("", Xapian::DB_BACKEND_INMEMORY);
  for (int i = 0; i < 50; ++i) {
    Xapian::Document document;
    document.add_term("same");
    document.add_boolean_term(allow_term("everyone"));
    document.add_boolean_term(class_term(policy::DataClass::Public));
    database.add_document(document);
  }
  database.commit();
  const ChunkTable table = ChunkTable::load(database);
  const Asked asked = ask(database, table, {"same"});
  const Ranking ranking = rank(asked.words, table, table.sights({}, policy::DataClass::Public), 3);
  ASSERT_EQ(ranking.visible.size(), 3u);
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(ranking.visible[i].chunk, i);
}

TEST(Ranking, IsEmptyWithoutWordsOrPlaces) {
  const Xapian::Database database = make_index(10, 1);
  const ChunkTable table = ChunkTable::load(database);
  const auto sights = table.sights({}, policy::DataClass::Restricted);
  const Asked asked = ask(database, table, {"w1", "absent"});
  EXPECT_TRUE(rank({}, table, sights, 5).visible.empty());
  EXPECT_TRUE(rank(asked.words, table, sights, 0).visible.empty());
  EXPECT_FALSE(rank(asked.words, table, sights, 1'000).visible.empty());
}

TEST(Postings, CountAWordNoFurtherThanItMatters) {
  Xapian::WritableDatabase database("", Xapian::DB_BACKEND_INMEMORY);
  Xapian::Document document;
  document.add_term("often", 70'000);
  database.add_document(document);
  database.commit();
  const PostingList list = read_postings(database, "often", ChunkTable::load(database).dampings());
  ASSERT_EQ(list.counts.size(), 1u);
  EXPECT_EQ(list.counts[0], 255);
  EXPECT_LE(list.blocks[0].share_max, bm25_k1 + 1);
  EXPECT_TRUE(read_postings(database, "never", {}).places.empty());
}

}  // namespace
}  // namespace millwright::retrieval
