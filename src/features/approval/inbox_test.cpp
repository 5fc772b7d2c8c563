#include <gtest/gtest.h>

#include <thread>

#include "features/approval/approval.hpp"
#include "features/approval/approval_sql.hpp"
#include "tests/support/database.hpp"

namespace millwright::approval {
namespace {

class HandClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override { return time_; }
  void advance(Duration by) { time_ += by; }

 private:
  Timestamp time_ = parse_time("2026-11-23T13:00:00Z").value();
};

const Actor ada{.name = "user/ada", .role = identity::Role::Approver, .groups = {}};
const Actor bob{.name = "user/bob", .role = identity::Role::Approver, .groups = {"risk"}};
const Actor root{.name = "user/root", .role = identity::Role::Admin, .groups = {}};
const Actor viewer{.name = "user/vic", .role = identity::Role::Viewer, .groups = {"risk"}};

class InboxTest : public testing::TestWithParam<store::Engine> {
 protected:
  InboxTest() {
    holder_.migrate(migrations());
    vault_ = std::move(store::Vault::open(std::string(32, 'k')).value());
    audit_ = std::move(audit::Audit::open(holder_.database(), holder_.writer(), *vault_, clock_,
                                          {.data_directory = holder_.directory()}).value());
    inbox_ = std::move(Inbox::open(holder_.database(), holder_.writer(), *audit_, clock_).value());
  }

  Id ask(NewRequest request = {}) {
    if (request.kind.empty()) request.kind = "dataset.approve";
    if (request.object.empty()) request.object = "dataset/it-kb@3";
    if (request.title.empty()) request.title = "Approve dataset it-kb, version 3";
    if (request.requested_by.empty()) request.requested_by = "user/ada";
    auto id = inbox_->open(std::move(request));
    EXPECT_TRUE(id) << describe(id.error());
    return id.value();
  }
  std::vector<std::string> actions() {
    std::vector<std::string> found;
    for (const audit::Record& record : audit_->list({}, "", 100)->records) found.push_back(record.entry.action);
    std::ranges::reverse(found);
    return found;
  }

  HandClock clock_;
  test::TestDatabase holder_{GetParam(), audit::migrations()};
  std::unique_ptr<store::Vault> vault_;
  std::unique_ptr<audit::Audit> audit_;
  std::unique_ptr<Inbox> inbox_;
};
INSTANTIATE_TEST_SUITE_P(Engines, InboxTest, testing::ValuesIn(test::both_engines()),
                         [](const auto& info) { return test::engine_name(info); });

TEST_P(InboxTest, EveryStatementIsAccepted) { EXPECT_EQ(test::faults_of(holder_.database(), sql::all), ""); }

TEST_P(InboxTest, AQuestionIsAskedSeenAndApproved) {
  const Id id = ask({.plan = {{"adds", 3}}, .due = clock_.now() + 1h});
  auto open = inbox_->load(id);
  ASSERT_TRUE(open) << describe(open.error());
  EXPECT_TRUE(open->is_open());
  EXPECT_EQ(open->plan.at("adds"), 3);
  EXPECT_EQ(open->created_at, clock_.now());
  EXPECT_EQ(inbox_->open_count().value(), 1);
  auto decided = inbox_->decide(id, Verdict::Approve, bob, " looks right ");
  ASSERT_TRUE(decided) << describe(decided.error());
  EXPECT_EQ(decided->state, State::Approved);
  auto after = inbox_->load(id);
  EXPECT_EQ(after->state, State::Approved);
  EXPECT_EQ(after->decided_by, "user/bob");
  EXPECT_EQ(after->reason, "looks right");
  EXPECT_EQ(after->decided_at, clock_.now());
  EXPECT_EQ(inbox_->open_count().value(), 0);
  EXPECT_EQ(actions(), (std::vector<std::string>{"approval.open", "approval.approve"}));
}

struct Case {
  const char* name;
  NewRequest request;
  Actor actor;
  bool may;
  const char* says = "";
};

TEST_P(InboxTest, WhoMayDecideIsTold) {
  const Case cases[] = {
      {"another approver", {}, bob, true},
      {"a viewer", {}, viewer, false, "role approver"},
      {"the one who asked", {}, ada, false, "other than the one who asked"},
      {"the one who asked, without prefix", {.requested_by = "ada"}, ada, false, "four eyes"},
      {"an admin who asked", {.requested_by = "user/root"}, root, false, "four eyes"},
      {"the one who asked, two eyes", {.eyes = Eyes::Two}, ada, true},
      {"the assignee", {.assignee = "user/bob"}, bob, true},
      {"not the assignee", {.assignee = "user/bob"}, root, false, "user/bob"},
      {"a member", {.assignee = "group/risk"}, bob, true},
      {"no member", {.assignee = "group/risk"}, root, false, "group/risk"},
      {"a member without role", {.assignee = "group/risk"}, viewer, false, "role approver"},
  };
  int number = 0;
  for (const Case& each : cases) {
    NewRequest request = each.request;
    request.object = fmt::format("dataset/x@{}", ++number);
    const Id id = ask(std::move(request));
    auto decided = inbox_->decide(id, Verdict::Approve, each.actor, "");
    EXPECT_EQ(decided.has_value(), each.may) << each.name;
    EXPECT_EQ(inbox_->load(id)->is_open(), !each.may) << each.name;
    if (decided) continue;
    EXPECT_EQ(decided.error().code, ErrorCode::Forbidden) << each.name;
    EXPECT_NE(describe(decided.error()).find(each.says), std::string::npos)
        << each.name << ": " << describe(decided.error());
    EXPECT_FALSE(decided.error().rule.empty());
    EXPECT_EQ(actions().back(), "approval.refuse") << each.name;
  }
}

TEST_P(InboxTest, ADecisionIsFinal) {
  const Id id = ask();
  EXPECT_EQ(inbox_->decide(id, Verdict::Reject, bob, " ").error().code, ErrorCode::InvalidInput) << "needs a reason";
  ASSERT_TRUE(inbox_->decide(id, Verdict::Reject, bob, "wrong owner"));
  EXPECT_EQ(inbox_->decide(id, Verdict::Approve, root, "").error().code, ErrorCode::Conflict);
  EXPECT_EQ(inbox_->delegate(id, "user/eve", bob).error().code, ErrorCode::Conflict);
  EXPECT_EQ(inbox_->withdraw(id, ada).error().code, ErrorCode::Conflict);
  EXPECT_EQ(inbox_->load(id)->state, State::Rejected);
  EXPECT_EQ(inbox_->decide(Id::generate(), Verdict::Approve, bob, "").error().code, ErrorCode::NotFound);
}

TEST_P(InboxTest, TheSameQuestionIsOpenOnce) {
  const Id first = ask();
  auto again = inbox_->open({.kind = "dataset.approve", .object = "dataset/it-kb@3", .title = "again",
                             .requested_by = "user/eve"});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::Conflict);
  EXPECT_NE(again.error().message.find(first.text()), std::string::npos);
  ASSERT_TRUE(inbox_->decide(first, Verdict::Reject, bob, "no"));
  const Id second = ask();
  EXPECT_EQ(inbox_->find("dataset.approve", "dataset/it-kb@3").value()->id, second);
  EXPECT_FALSE(inbox_->find("dataset.approve", "dataset/other").value());
}

TEST_P(InboxTest, DelegationMovesTheDecision) {
  const Id id = ask({.assignee = "user/bob"});
  EXPECT_EQ(inbox_->delegate(id, "user/root", root).error().code, ErrorCode::Forbidden) << "not root's to pass on";
  EXPECT_EQ(inbox_->delegate(id, "user/ada", bob).error().code, ErrorCode::Forbidden) << "back to the one who asked";
  EXPECT_EQ(inbox_->delegate(id, "ada", bob).error().code, ErrorCode::InvalidInput);
  EXPECT_EQ(inbox_->delegate(id, "user/", bob).error().code, ErrorCode::InvalidInput);
  auto passed = inbox_->delegate(id, "user/root", bob);
  ASSERT_TRUE(passed) << describe(passed.error());
  EXPECT_EQ(passed->delegated_by, "user/bob");
  EXPECT_EQ(inbox_->decide(id, Verdict::Approve, bob, "").error().code, ErrorCode::Forbidden);
  EXPECT_TRUE(inbox_->decide(id, Verdict::Approve, root, ""));
}

TEST_P(InboxTest, OnlyTheOneWhoAskedWithdraws) {
  const Id id = ask();
  EXPECT_EQ(inbox_->withdraw(id, bob).error().code, ErrorCode::Forbidden);
  EXPECT_EQ(inbox_->withdraw(id, ada)->state, State::Withdrawn);
}

TEST_P(InboxTest, WhatIsOverdueIsRejected) {
  const Id id = ask({.due = clock_.now() + 1h});
  const Id other = ask({.object = "dataset/other@1"});
  clock_.advance(59min);
  EXPECT_TRUE(inbox_->load(id)->is_open());
  clock_.advance(1min);
  auto late = inbox_->decide(id, Verdict::Approve, bob, "");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::Conflict);
  auto expired = inbox_->load(id);
  EXPECT_EQ(expired->state, State::Rejected);
  EXPECT_EQ(expired->decided_by, "clock");
  EXPECT_TRUE(inbox_->load(other)->is_open()) << "no due date, no end";
  EXPECT_NO_FATAL_FAILURE(ask()) << "the same question may be asked anew";
  EXPECT_EQ(inbox_->open({.kind = "x", .object = "y", .title = "z", .requested_by = "a", .due = clock_.now()})
                .error().code, ErrorCode::InvalidInput);
}

TEST_P(InboxTest, TheListNeverShowsOverdueQuestionsAsOpen) {
  (void)ask({.due = clock_.now() + 1h});
  clock_.advance(2h);
  EXPECT_TRUE(inbox_->list({.state = State::Open}, "", 10)->requests.empty());
  EXPECT_EQ(inbox_->list({.state = State::Rejected}, "", 10)->requests.size(), 1U);
}

TEST_P(InboxTest, AnOverdueQuestionMakesRoomForTheSameOne) {
  (void)ask({.due = clock_.now() + 1h});
  clock_.advance(2h);
  const Id second = ask();
  EXPECT_TRUE(inbox_->load(second)->is_open());
}

TEST_P(InboxTest, AnEffectSharesTheFateOfItsDecision) {
  int runs = 0;
  bool is_failing = true;
  inbox_->on_decision("dataset.approve", [&](store::Session&, const Request& decided) -> Result<void> {
    ++runs;
    EXPECT_EQ(decided.state, State::Approved);
    if (is_failing) return fail(ErrorCode::Forbidden, "the index is not ready");
    return {};
  });
  const Id id = ask();
  auto failed = inbox_->decide(id, Verdict::Approve, bob, "");
  ASSERT_FALSE(failed);
  EXPECT_TRUE(inbox_->load(id)->is_open()) << "an effect that fails keeps the question open";
  is_failing = false;
  ASSERT_TRUE(inbox_->decide(id, Verdict::Approve, bob, ""));
  EXPECT_GE(runs, 2);
}

TEST_P(InboxTest, ListsPageAndFilter) {
  std::vector<Id> ids;
  for (int i = 0; i < 7; ++i) {
    ids.push_back(ask({.object = fmt::format("dataset/x@{}", i), .requested_by = i % 2 == 0 ? "user/ada" : "user/eve",
                       .assignee = i == 0 ? "user/bob" : i == 1 ? "user/root" : ""}));
  }
  auto first = inbox_->list({}, "", 5);
  ASSERT_EQ(first->requests.size(), 5U);
  EXPECT_EQ(first->requests[0].id, ids[6]);
  auto rest = inbox_->list({}, first->next, 5);
  ASSERT_EQ(rest->requests.size(), 2U);
  EXPECT_EQ(rest->requests[1].id, ids[0]);
  EXPECT_TRUE(rest->next.empty());
  EXPECT_EQ(inbox_->list({.requested_by = "user/eve"}, "", 100)->requests.size(), 3U);
  EXPECT_EQ(inbox_->list({.assignee = "user/bob"}, "", 100)->requests.size(), 6U) << "bob's own and everybody's";
  EXPECT_EQ(inbox_->list({.object = "dataset/x@3"}, "", 100)->requests.size(), 1U);
  EXPECT_EQ(inbox_->list({.kind = "other"}, "", 100)->requests.size(), 0U);
  EXPECT_EQ(inbox_->list({}, "nonsense", 10).error().code, ErrorCode::InvalidInput);
}

TEST_P(InboxTest, QuestionsThatCannotBeAreRefused) {
  const NewRequest good{.kind = "k", .object = "o", .title = "t", .requested_by = "r"};
  for (std::string NewRequest::* member :
       {&NewRequest::kind, &NewRequest::object, &NewRequest::title, &NewRequest::requested_by}) {
    NewRequest bad = good;
    (bad.*member).clear();
    EXPECT_EQ(inbox_->open(bad).error().code, ErrorCode::InvalidInput);
    bad.*member = "\xff";
    EXPECT_EQ(inbox_->open(bad).error().code, ErrorCode::InvalidInput);
    bad.*member = std::string(5'000, 'x');
    EXPECT_EQ(inbox_->open(bad).error().code, ErrorCode::TooLarge);
  }
  NewRequest bad = good;
  bad.plan["x"] = std::string(300'000, 'x');
  EXPECT_EQ(inbox_->open(bad).error().code, ErrorCode::TooLarge);
  bad = good;
  bad.assignee = "bob";
  EXPECT_EQ(inbox_->open(bad).error().code, ErrorCode::InvalidInput);
  bad.assignee = "user/r";
  EXPECT_EQ(inbox_->open(bad).error().code, ErrorCode::Forbidden);
  EXPECT_TRUE(inbox_->open(good));
}

TEST_P(InboxTest, OfTwoDecisionsAtOnceOneCounts) {
  const Id id = ask();
  std::atomic<int> approved{0}, late{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        auto decided = inbox_->decide(id, Verdict::Approve, bob, "");
        if (decided) ++approved;
        else if (decided.error().code == ErrorCode::Conflict) ++late;
      });
    }
  }
  EXPECT_EQ(approved, 1);
  EXPECT_EQ(late, 3);
}

TEST(RequestJsonTest, TheJsonNamesEverything) {
  Request request;
  request.kind = "k";
  request.due = from_micros(1'000'000);
  const json::object object = to_json(request);
  EXPECT_EQ(object.at("state"), "open");
  EXPECT_EQ(object.at("due"), "1970-01-01T00:00:01Z");
  EXPECT_TRUE(object.at("decided_at").is_null());
  EXPECT_EQ(object.at("four_eyes"), true);
}

}  // namespace
}  // namespace millwright::approval
