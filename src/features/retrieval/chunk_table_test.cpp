#include "features/retrieval/chunk_table.hpp"

#include <random>

#include <gtest/gtest.h>
#include <xapian.h>

#include "features/retrieval/access.hpp"
#include "features/retrieval/terms.hpp"

namespace millwright::retrieval {
namespace {

using policy::DataClass;

class Index {
 public:
  void add(const ingestion::Acl& acl, DataClass data_class) {
    Xapian::Document document;
    document.add_term("word");
    for (const std::string& principal : acl.allow) document.add_boolean_term(allow_term(principal));
    for (const std::string& principal : acl.deny) document.add_boolean_term(deny_term(principal));
    document.add_boolean_term(class_term(data_class));
    database_.add_document(document);
  }
  void add_bare() {
    Xapian::Document document;
    document.add_term("word");
    database_.add_document(document);
  }
  ChunkTable load() {
    database_.commit();
    return ChunkTable::load(database_);
  }

 private:
  Xapian::WritableDatabase database_{"", Xapian::DB_BACKEND_INMEMORY};
};

Sight sight_of(const ChunkTable& table, std::size_t chunk, const Reader& reader, DataClass class_max) {
  return table.sights(reader, class_max)[table.sets()[chunk]];
}

TEST(ChunkTable, LetsDenyWinWhateverGroupAllows) {
  Index index;
  index.add({{"group:a", "group:b"}, {"group:c"}}, DataClass::Internal);
  const ChunkTable table = index.load();
  EXPECT_EQ(sight_of(table, 0, {"ana", {"b"}}, DataClass::Internal), Sight::Visible);
  EXPECT_EQ(sight_of(table, 0, {"ana", {"c", "b"}}, DataClass::Internal), Sight::Forbidden);
  EXPECT_EQ(sight_of(table, 0, {"ana", {}}, DataClass::Internal), Sight::Forbidden);
  EXPECT_EQ(sight_of(table, 0, {"ana", {"b"}}, DataClass::Public), Sight::OutOfClass);
}

TEST(ChunkTable, ShowsNobodyWhatCarriesNoPermissionOrNoClass) {
  Index index;
  index.add({{}, {}}, DataClass::Public);
  index.add_bare();
  const ChunkTable table = index.load();
  EXPECT_EQ(sight_of(table, 0, {"ana", {"a"}}, DataClass::Restricted), Sight::Forbidden);
  EXPECT_EQ(sight_of(table, 1, {"ana", {"a"}}, DataClass::Restricted), Sight::OutOfClass);
  for (std::size_t beyond = 2; beyond < table.size(); ++beyond) {
    ASSERT_EQ(sight_of(table, beyond, {"ana", {"a"}}, DataClass::Restricted), Sight::OutOfClass);
  }
}

TEST(ChunkTable, HoldsNothingOfAnEmptyIndex) {
  const ChunkTable table = Index().load();
  EXPECT_EQ(table.size(), 0u);
  EXPECT_TRUE(table.sights({"ana", {"a"}}, DataClass::Restricted).empty());
}

TEST(ChunkTable, MakesOneSetOfManyChunksOfTheSamePermissions) {
  Index index;
  for (int i = 0; i < 3'000; ++i) index.add({{fmt::format("group:{}", i % 3)}, {}}, DataClass::Public);
  EXPECT_LE(index.load().sights({}, DataClass::Public).size(), 4u);   // one more: beyond the last chunk
}

/// What the sets say equals what the rule says of every document, for random permissions of many groups.
TEST(ChunkTable, AgreesWithTheRuleForRandomPermissions) {
  std::mt19937 random(5);
  auto some = [&](std::size_t count) {
    std::vector<std::string> principals;
    for (std::size_t i = 0; i < count; ++i) {
      const auto kind = random() % 10;
      principals.push_back(kind == 0   ? "everyone"
                           : kind < 4 ? fmt::format("user:u{}", random() % 40)
                                      : fmt::format("group:g{}", random() % 120));
    }
    return principals;
  };
  Index index;
  std::vector<std::pair<ingestion::Acl, DataClass>> documents;
  for (int i = 0; i < 2'000; ++i) {
    documents.push_back({{some(random() % 5), some(random() % 3)}, static_cast<DataClass>(random() % 4)});
    index.add(documents.back().first, documents.back().second);
  }
  const ChunkTable table = index.load();
  for (int i = 0; i < 50; ++i) {
    Reader reader{.user = fmt::format("u{}", random() % 45)};
    for (std::size_t g = 0; g < random() % 60; ++g) reader.groups.push_back(fmt::format("g{}", random() % 130));
    const auto class_max = static_cast<DataClass>(random() % 4);
    const auto sights = table.sights(reader, class_max);
    for (std::size_t d = 0; d < documents.size(); ++d) {
      const auto& [acl, data_class] = documents[d];
      const Sight right = data_class > class_max                      ? Sight::OutOfClass
                          : may_read(acl, principals_of(reader)) ? Sight::Visible
                                                                      : Sight::Forbidden;
      ASSERT_EQ(sights[table.sets()[d]], right) << "reader " << i << ", document " << d;
    }
  }
}

}  // namespace
}  // namespace millwright::retrieval
