#include "features/ingestion/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millwright::ingestion {
namespace {

using testing::ElementsAre;

SourceItem item(std::string path, std::string token) {
  SourceItem out;
  out.path = std::move(path);
  out.change_token = std::move(token);
  out.bytes = 10;
  return out;
}

std::unique_ptr<Landed> landed(std::string path, std::string token, Verdict verdict = Verdict::Indexed) {
  auto out = std::make_unique<Landed>();
  out->document.id = Id::generate();
  out->document.path = std::move(path);
  out->document.verdict = verdict;
  out->document.parsed = sha256("parsed");
  out->change_token = std::move(token);
  return out;
}

std::vector<std::string> planned(const Plan& plan) {
  std::vector<std::string> out;
  for (const PlannedItem& entry : plan.items) {
    const std::string known = entry.known ? " known as " + entry.known->document.path : "";
    out.push_back(entry.item.path + " " + entry.item.change_token + (entry.work == Work::None ? " none" : " fetch") + known);
  }
  return out;
}

TEST(PlanTest, ItemsAreInOrderEachOnceTheFirstListedWins) {
  SourceConfig source;
  PlanInput input{.source = source};
  input.listing.push_back(item("b", "1"));
  input.listing.push_back(item("a", "2"));
  input.listing.push_back(item("b", "3"));
  input.listing.push_back(item("a name too long to be kept in place by a small string", "4"));
  EXPECT_THAT(planned(plan_sync(std::move(input))),
              ElementsAre("a 2 fetch", "a name too long to be kept in place by a small string 4 fetch", "b 1 fetch"));
}

TEST(PlanTest, WhatHasLandedIsFoundByPathAndTheRestIsMissing) {
  SourceConfig source;
  PlanInput input{.source = source};
  const std::string long_name(80, 'n');
  for (const auto& [path, token] : {std::pair<std::string, std::string>{"same", "1"}, {"changed", "1"}, {long_name, "1"},
                                    {"z gone", "1"}, {"gone", "1"}}) {
    input.known.push_back(landed(path, token));
  }
  input.known.push_back(landed("deleted before", "1", Verdict::Deleted));
  input.listing.push_back(item(long_name, "1"));
  input.listing.push_back(item("same", "1"));
  input.listing.push_back(item("changed", "2"));
  input.listing.push_back(item("new", "1"));
  const Plan plan = plan_sync(std::move(input));
  EXPECT_THAT(planned(plan), ElementsAre("changed 2 fetch known as changed", "new 1 fetch",
                                         long_name + " 1 none known as " + long_name, "same 1 none known as same"));
  ASSERT_EQ(plan.missing.size(), 2u);
  EXPECT_EQ(plan.missing[0].document.path, "gone");
  EXPECT_EQ(plan.missing[1].document.path, "z gone");
  EXPECT_EQ(plan.current, 5);
}

}  // namespace
}  // namespace millwright::ingestion
