#include "features/gateway/response_store.hpp"

#include <gtest/gtest.h>

#include "features/gateway/gateway_sql.hpp"
#include "tests/support/database.hpp"
#include "tests/support/http_await.hpp"

namespace millwright::gateway {
namespace {

constexpr std::string_view ana = R"(["it","ana","desk"])", bob = R"(["it","bob","desk"])";

class ResponseStoreTest : public testing::TestWithParam<store::Engine> {
 protected:
  ResponseStoreTest() {
    runtime_.start();
    vault_ = std::move(*store::Vault::open(std::string(32, 'k')));
    store_ = std::make_unique<ResponseStore>(parts("here"));
  }
  ~ResponseStoreTest() override { runtime_.stop(); }

  ResponseStoreParts parts(std::string node) {
    return {&runtime_, &data_.database(), &data_.writer(), vault_.get(), std::move(node)};
  }
  template <class T>
  T wait(io::Task<T> task) {
    return test::await_on(runtime_.loop(0), std::move(task));
  }
  static StoredResponse record(std::string id, std::string status, std::string previous = {}) {
    StoredResponse made;
    made.id = id;
    made.previous = std::move(previous);
    made.status = status;
    made.created = now;
    made.input = json::array{json::object{{"type", "message"}, {"role", "user"}, {"content", "ask " + id}}};
    json::object said{{"type", "message"}, {"role", "assistant"}, {"content", "say " + id}};
    made.response = {{"id", id}, {"status", status}, {"output", json::array{std::move(said)}}};
    return made;
  }
  void put(StoredResponse made, std::string_view scope = ana) {
    auto inserted = wait(store_->insert(std::move(made), std::string(scope)));
    ASSERT_TRUE(inserted) << describe(inserted.error());
  }
  Result<StoredResponse> load(std::string id, std::string_view scope = ana) {
    return wait(store_->load(std::move(id), std::string(scope)));
  }
  Result<json::array> conversation(std::string id) {
    return wait(store_->conversation(std::move(id), std::string(ana)));
  }

  static inline const Timestamp now = *parse_time("2026-11-23T13:00:00Z");
  test::TestDatabase data_{GetParam(), migrations()};
  io::Runtime runtime_{{.loops = 1, .blocking_threads = 2}};
  std::unique_ptr<store::Vault> vault_;
  std::unique_ptr<ResponseStore> store_;
};
INSTANTIATE_TEST_SUITE_P(Engines, ResponseStoreTest, testing::ValuesIn(test::both_engines()),
                         [](const auto& info) { return test::engine_name(info); });

TEST_P(ResponseStoreTest, PreparesEveryStatement) { EXPECT_EQ(test::faults_of(data_.database(), sql::all), ""); }

TEST_P(ResponseStoreTest, GivesBackWhatWasKeptToItsOwnScopeOnly) {
  put(record("resp_1", "completed"));
  const auto found = load("resp_1");
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ(found->response.at("status"), "completed");
  EXPECT_EQ(found->input.at(0).at("content"), "ask resp_1");
  EXPECT_EQ(found->created, now);
  EXPECT_EQ(load("resp_1", bob).error().code, ErrorCode::NotFound);
  EXPECT_EQ(load("resp_2").error().code, ErrorCode::NotFound);
  EXPECT_FALSE(*wait(store_->remove("resp_1", std::string(bob))));
  EXPECT_FALSE(*wait(store_->cancel("resp_1", std::string(bob))));
  EXPECT_TRUE(*wait(store_->remove("resp_1", std::string(ana))));
  EXPECT_EQ(load("resp_1").error().code, ErrorCode::NotFound);
}

TEST_P(ResponseStoreTest, ASealedTextCannotBeMovedToAnotherRow) {
  put(record("resp_1", "completed"));
  constexpr store::Statement steal{"steal", "UPDATE responses SET scope = :scope WHERE id = :id", ""};
  const auto moved = data_.writer().run([&](store::Session& session) -> Result<void> {
    auto changed = session.execute(steal, {std::string(bob), std::string("resp_1")});
    if (!changed) return pass(changed);
    return {};
  });
  ASSERT_TRUE(moved) << describe(moved.error());
  EXPECT_EQ(load("resp_1", bob).error().code, ErrorCode::Corrupt);
}

TEST_P(ResponseStoreTest, ABackgroundResponseEndsOnce) {
  put(record("resp_1", "queued"));
  EXPECT_TRUE(*wait(store_->start("resp_1", std::string(ana))));
  EXPECT_FALSE(*wait(store_->start("resp_1", std::string(ana))));
  EXPECT_EQ(load("resp_1")->response.at("status"), "in_progress");
  EXPECT_TRUE(*wait(store_->finish(record("resp_1", "completed"), std::string(ana))));
  EXPECT_FALSE(*wait(store_->cancel("resp_1", std::string(ana))));
  EXPECT_EQ(load("resp_1")->status, "completed");
}

TEST_P(ResponseStoreTest, ACancelledResponseStaysCancelled) {
  put(record("resp_1", "queued"));
  EXPECT_TRUE(*wait(store_->cancel("resp_1", std::string(ana))));
  EXPECT_FALSE(*wait(store_->start("resp_1", std::string(ana))));
  EXPECT_FALSE(*wait(store_->finish(record("resp_1", "completed"), std::string(ana))));
  EXPECT_EQ(load("resp_1")->response.at("status"), "cancelled");
}

TEST_P(ResponseStoreTest, AConversationIsRebuiltOldestFirst) {
  put(record("resp_1", "completed"));
  put(record("resp_2", "incomplete", "resp_1"));
  const auto items = conversation("resp_2");
  ASSERT_TRUE(items) << describe(items.error());
  std::vector<std::string> said;
  for (const auto& item : *items) said.emplace_back(item.at("content").as_string());
  EXPECT_EQ(said, (std::vector<std::string>{"ask resp_1", "say resp_1", "ask resp_2", "say resp_2"}));
}

TEST_P(ResponseStoreTest, AConversationDoesNotGoOnFromWhatHasNoEnd) {
  put(record("resp_1", "in_progress"));
  EXPECT_EQ(conversation("resp_1").error().code, ErrorCode::Conflict);
  put(record("resp_2", "failed"));
  EXPECT_EQ(conversation("resp_2").error().code, ErrorCode::InvalidInput);
  put(record("resp_3", "completed", "resp_gone"));
  EXPECT_EQ(conversation("resp_3").error().code, ErrorCode::NotFound);
  EXPECT_EQ(conversation("resp_3").error().where.field, "previous_response_id");
}

TEST_P(ResponseStoreTest, ARestartFailsWhatItsOwnNodeHadBegun) {
  put(record("resp_1", "in_progress"));
  put(record("resp_2", "completed"));
  ASSERT_TRUE(ResponseStore(parts("elsewhere")).mark_interrupted());
  EXPECT_EQ(load("resp_1")->status, "in_progress");
  ASSERT_TRUE(ResponseStore(parts("here")).mark_interrupted());
  const auto found = load("resp_1");
  EXPECT_EQ(found->response.at("status"), "failed");
  EXPECT_EQ(found->response.at("error").at("code"), "server_error");
  EXPECT_EQ(load("resp_2")->status, "completed");
}

TEST_P(ResponseStoreTest, WhatIsOldIsDroppedAndWhatIsTooLargeIsNotKept) {
  put(record("resp_1", "completed"));
  EXPECT_EQ(*store_->drop_before(now), 0);
  EXPECT_EQ(*store_->drop_before(now + 1s), 1);
  EXPECT_EQ(load("resp_1").error().code, ErrorCode::NotFound);
  auto huge = record("resp_2", "completed");
  huge.response["output"] = std::string(ResponseStore::bytes_max, 'x');
  EXPECT_EQ(wait(store_->insert(std::move(huge), std::string(ana))).error().code, ErrorCode::TooLarge);
}

TEST(ResponseScope, DiffersByTeamUserAndUseCase) {
  const auto scope = [](std::string team, std::string user, std::string use_case) {
    identity::Principal principal;
    principal.key_id = Id::generate();
    principal.team = std::move(team);
    principal.use_case = std::move(use_case);
    Caller caller;
    caller.user = std::move(user);
    caller.principal = std::make_shared<const identity::Principal>(principal);
    return response_scope(caller);
  };
  EXPECT_EQ(scope("it", "ana", "desk"), scope("it", "ana", "desk"));
  EXPECT_NE(scope("it", "ana", "desk"), scope("it", "bob", "desk"));
  EXPECT_NE(scope("it", "ana", "desk"), scope("hr", "ana", "desk"));
  EXPECT_NE(scope("it", "ana", "desk"), scope("it", "ana", "hiring"));
  EXPECT_NE(scope("", "ana", "desk"), scope("", "ana", "desk"));  // two keys of no team
}

}  // namespace
}  // namespace millwright::gateway
