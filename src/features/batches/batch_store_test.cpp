#include "features/batches/batch_store.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "features/batches/batches_sql.hpp"
#include "features/batches/line.hpp"
#include "features/batches/line_source.hpp"
#include "tests/support/database.hpp"
#include "tests/support/http_await.hpp"

namespace millwright::batches {
namespace {

constexpr std::string_view ana = R"(["it","ana","desk"])", bob = R"(["it","bob","desk"])";

class HandClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override { return time; }
  Timestamp time = *parse_time("2026-11-23T13:00:00Z");
};

class BatchStoreTest : public testing::TestWithParam<store::Engine> {
 protected:
  BatchStoreTest() { runtime_.start(); }
  ~BatchStoreTest() override { runtime_.stop(); }

  Batch batch(std::string id, Status status = Status::InProgress, std::string_view scope = ana) {
    Batch made;
    made.id = std::move(id);
    made.scope = scope;
    made.status = status;
    made.created = clock_.time;
    clock_.time += 1s;
    EXPECT_TRUE(store_.insert(made));
    return made;
  }
  FileRecord file(std::string_view text, std::string_view scope = ana, std::optional<Duration> time = {}) {
    auto made = files_.make(std::string(scope));
    EXPECT_TRUE(made->writer.write(text));
    auto kept = files_.keep(*made, "batch", "in.jsonl", time);
    EXPECT_TRUE(kept);
    clock_.time += 1s;
    return *kept;
  }
  std::vector<std::string> names(const FileQuery& query) {
    std::vector<std::string> names;
    for (const auto& one : files_.list(query).value().files) names.push_back(one.id);
    return names;
  }

  HandClock clock_;
  test::TestDatabase data_{GetParam(), migrations()};
  io::Runtime runtime_{{.loops = 1, .blocking_threads = 1}};
  std::unique_ptr<store::Vault> vault_ = std::move(*store::Vault::open(std::string(32, 'k')));
  BatchStore store_{data_.database(), data_.writer(), *vault_, "here"};
  FileStore files_{{&data_.database(), &data_.writer(), vault_.get(), &clock_, data_.directory() / "files", "here"}};
};
INSTANTIATE_TEST_SUITE_P(Engines, BatchStoreTest, testing::ValuesIn(test::both_engines()),
                         [](const auto& info) { return test::engine_name(info); });

TEST_P(BatchStoreTest, EveryStatementPrepares) { EXPECT_EQ(test::faults_of(data_.database(), sql::all), ""); }

TEST_P(BatchStoreTest, BatchesAreListedNewestFirstInTheirScope) {
  batch("batch_a");
  batch("batch_b", Status::Completed);
  batch("batch_c", Status::InProgress, bob);
  batch("batch_d");
  const auto ids = [&](std::string_view scope, std::string after, std::size_t limit) {
    std::string all;
    auto page = store_.list(std::string(scope), after, limit).value();
    for (const auto& one : page.batches) all += one.id.substr(6);
    return all + (page.has_more ? "+" : "");
  };
  EXPECT_EQ(ids(ana, "", 2), "db+");
  EXPECT_EQ(ids(ana, "batch_b", 2), "a");
  EXPECT_EQ(ids("", "", 10), "dcba");
  EXPECT_EQ(store_.load("batch_c", std::string(ana)).error().code, ErrorCode::NotFound);
  EXPECT_EQ(store_.unfinished().value().size(), 3u);
  EXPECT_EQ(store_.drop_before(clock_.time).value(), 1);
}

TEST_P(BatchStoreTest, ALineBeginsOnceAndEndsOnce) {
  const auto made = batch("batch_a");
  const auto trace = Id::generate();
  ASSERT_TRUE(store_.start_line(made.id, 1, trace));
  EXPECT_EQ(store_.start_line(made.id, 1, trace).error().code, ErrorCode::Conflict);
  LineResult result;
  result.line = 1;
  result.state = "done";
  result.cost = Money::from_nano(7);
  result.text = "the answer";
  ASSERT_TRUE(test::await_on(runtime_.loop(0), store_.finish_line(made.id, result)));
  result.text = "another answer";
  ASSERT_TRUE(store_.finish_line_blocking(made.id, result));
  auto results = store_.results(made.id, 0, 10).value();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].text, "the answer");
  EXPECT_EQ(results[0].cost, Money::from_nano(7));
  ASSERT_TRUE(test::await_on(runtime_.loop(0), store_.forget_line(made.id, 1)));
  EXPECT_EQ(store_.states(made.id).value().size(), 1u);   // what has ended is not forgotten
  auto raw = data_.database().select(sql::list_lines, {made.id, std::int64_t{0}, std::int64_t{5}}).value();
  EXPECT_EQ(raw[0].text(4).find("answer"), std::string::npos);
  ASSERT_TRUE(store_.finish(made));
  EXPECT_TRUE(store_.states(made.id).value().empty());
}

TEST_P(BatchStoreTest, FilesStayInTheirScopeAndGoWhenTheirTimeIsOver) {
  const auto first = file("one"), second = file("two", ana, std::chrono::hours(1)), other = file("three", bob);
  EXPECT_EQ(names({std::string(ana)}), (std::vector{second.id, first.id}));
  EXPECT_EQ(names({.scope = std::string(ana), .is_ascending = true}), (std::vector{first.id, second.id}));
  EXPECT_EQ(names({.scope = std::string(ana), .after = second.id}), std::vector{first.id});
  EXPECT_EQ(names({.scope = std::string(ana), .purpose = "user_data"}), std::vector<std::string>{});
  EXPECT_EQ(files_.load(other.id, std::string(ana)).error().code, ErrorCode::NotFound);
  clock_.time += std::chrono::hours(2);
  EXPECT_EQ(files_.load(second.id, std::string(ana)).error().code, ErrorCode::NotFound);
  EXPECT_EQ(files_.drop_expired().value(), 1);
  EXPECT_EQ(files_.drop_expired().value(), 0);
  ASSERT_TRUE(files_.remove(first));
  EXPECT_EQ(files_.read(first).error().code, ErrorCode::NotFound);
  auto reader = files_.read(other);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->next().value(), "three");
}

TEST_P(BatchStoreTest, ThereIsNoRoomBeyondTheTotal) {
  files_.replace_settings({.size_max = 100, .total_max = 10, .retention = std::chrono::hours(1)});
  file("12345678");
  auto made = files_.make(std::string(ana));
  ASSERT_TRUE(made->writer.write("123"));
  EXPECT_EQ(files_.keep(*made, "batch", "x", {}).error().rule, "files.total");
}

TEST_P(BatchStoreTest, WhatAKilledProcessLeftIsRemoved) {
  const auto kept = file("kept");
  const auto orphan = data_.directory() / "files" / "ab" / "file-ab";
  std::filesystem::create_directories(orphan.parent_path());
  std::ofstream(orphan) << "half";
  ASSERT_TRUE(files_.remove_orphans());
  EXPECT_FALSE(std::filesystem::exists(orphan));
  EXPECT_TRUE(files_.read(kept));
}

TEST_P(BatchStoreTest, LinesComeOneByOneWithTheirNumbers) {
  const std::string large(3u << 20, 'x');
  const auto kept = file("\xef\xbb\xbf" "first\r\n\n  \n" + large + "\nlast");
  LineSource source(std::move(*files_.read(kept)));
  std::vector<std::pair<std::int64_t, std::size_t>> lines;
  for (;;) {
    auto next = source.next();
    ASSERT_TRUE(next);
    if (!*next) break;
    lines.emplace_back((**next).first, (**next).second.size());
  }
  EXPECT_EQ(lines, (std::vector<std::pair<std::int64_t, std::size_t>>{{1, 6}, {4, large.size()}, {5, 4}}));
}

TEST_P(BatchStoreTest, ALineThatIsTooLongIsNamed) {
  const auto kept = file("a\n" + std::string(line_bytes_max + (2u << 20), 'x'));
  LineSource source(std::move(*files_.read(kept)));
  ASSERT_TRUE(source.next());
  const auto next = source.next();
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, ErrorCode::TooLarge);
  EXPECT_EQ(next.error().where.line, 2u);
}

}  // namespace
}  // namespace millwright::batches
