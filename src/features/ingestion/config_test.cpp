#include "features/ingestion/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millwright::ingestion {
namespace {

using testing::ElementsAre;

Result<std::vector<SourceConfig>> read(const std::string& yaml) {
  auto tree = config::parse_yaml(yaml, "/etc/millwright/conf.d/hr.yaml");
  if (!tree) return std::unexpected(tree.error().front());
  auto valid = config::validate(std::move(*tree), {sources_section()});
  if (!valid) return std::unexpected(valid.error().front());
  return parse_sources((*valid)["sources"]);
}

TEST(SourcesConfig, ReadsEveryOption) {
  const auto sources = read(R"(sources:
  - name: runbooks
    kind: filesystem
    path: ../docs
    include: ["**/*.md"]
    exclude: ["old/**"]
    class: internal
    use: [retrieval, fine_tuning]
    acl: {allow: [everyone], deny: ["user:eve"]}
    acl_rules: [{path: "security/**", acl: {allow: ["group:security"]}}]
    every: 1m
    stale_after: 730d
    owner: it
    contract: {bytes_max: 8MiB, types: [markdown], languages: [en], documents_min: 5, deleted_percent_max: 20}
)");
  ASSERT_TRUE(sources) << describe(sources.error());
  const SourceConfig& source = sources->front();
  EXPECT_EQ(source.path, "../docs");   // the host knows where it starts
  EXPECT_EQ(source.data_class, policy::DataClass::Internal);
  EXPECT_THAT(source.uses, ElementsAre("retrieval", "fine_tuning"));
  EXPECT_THAT(source.acl.deny, ElementsAre("user:eve"));
  EXPECT_THAT(source.acl_rules.at(0).acl.allow, ElementsAre("group:security"));
  EXPECT_EQ(source.every, Duration(60'000));
  EXPECT_EQ(source.stale_after, Duration(730LL * 86'400'000));
  EXPECT_EQ(source.contract.bytes_max, 8u << 20);
  EXPECT_EQ(source.contract.deleted_percent_max, 20);
}

TEST(SourcesConfig, WhatIsLeftOutIsClosed) {
  const auto sources = read("sources:\n  - {name: a, kind: filesystem, path: /srv}\n");
  ASSERT_TRUE(sources) << describe(sources.error());
  EXPECT_TRUE(sources->front().acl.allow.empty());
  EXPECT_TRUE(sources->front().uses.empty());
  EXPECT_EQ(sources->front().data_class, policy::DataClass::Confidential);
  EXPECT_EQ(sources->front().contract.bytes_max, 64u << 20);
  EXPECT_EQ(sources->front().contract.deleted_percent_max, 50);
}

TEST(SourcesConfig, RefusesWhatIsNoPrincipal) {
  for (const char* principal : {"all", "group:", "it"}) {
    const auto sources = read(std::string("sources:\n  - {name: a, kind: filesystem, path: /srv, acl: {allow: [\"") + principal + "\"]}}\n");
    ASSERT_FALSE(sources) << principal;
    EXPECT_EQ(sources.error().code, ErrorCode::InvalidConfig);
  }
}

TEST(Acl, CoversWhenNobodyIsLost) {
  const Acl everyone{{"everyone"}, {}};
  const Acl staff{{"group:staff"}, {}};
  const Acl both{{"group:staff", "group:hr"}, {}};
  const Acl without_eve{{"everyone"}, {"user:eve"}};
  EXPECT_TRUE(covers(everyone, staff));
  EXPECT_FALSE(covers(staff, everyone));
  EXPECT_TRUE(covers(both, staff));
  EXPECT_FALSE(covers(staff, both));
  EXPECT_FALSE(covers(without_eve, staff));
  EXPECT_TRUE(covers(without_eve, without_eve));
  EXPECT_TRUE(covers(staff, {}));
}

}  // namespace
}  // namespace millwright::ingestion
