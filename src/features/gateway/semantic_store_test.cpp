#include "features/gateway/semantic_store.hpp"

#include <gtest/gtest.h>

#include "features/gateway/response_store.hpp"
#include "features/gateway/semantic_report.hpp"
#include "tests/support/database.hpp"

namespace millwright::gateway {
namespace {

class SemanticStoreTest : public testing::TestWithParam<store::Engine> {
 protected:
  SemanticStoreTest() { open(); }
  /// As a restart would.
  void open() {
    store_.reset();
    store_ = std::make_unique<SemanticStore>(SemanticStoreParts{&data_.database(), &data_.writer(), vault_.get()});
  }
  SemanticSample record(double likeness, bool says_same, std::string difference = {},
                        const std::optional<SemanticTexts>& texts = std::nullopt) {
    SemanticSample sample;
    sample.trace = Id::generate();
    sample.original = Id::generate();
    sample.use_case = "desk";
    sample.space = "words";
    sample.time = now;
    sample.likeness = likeness;
    sample.difference = std::move(difference);
    sample.would_serve = sample.difference.empty() && likeness >= 0.85;
    sample.says_same = says_same;
    sample.answer_likeness = says_same ? 1 : 0.25;
    sample.cost = Money::from_nano(1'000);
    store_->record(sample, texts);
    EXPECT_TRUE(data_.writer().flush());
    return sample;
  }
  json::object report() {
    auto items = report_semantic_cache(*store_, {}, {all, 95});
    EXPECT_TRUE(items) << (items ? "" : describe(items.error()));
    return items && items->size() == 1 ? items->front().get_object() : json::object();
  }

  static inline const Timestamp now = *parse_time("2026-11-23T13:00:00Z");
  const SemanticWindow all{"", Timestamp{}, now + std::chrono::hours(1)};
  test::TestDatabase data_{GetParam(), migrations()};
  std::unique_ptr<store::Vault> vault_ = std::move(*store::Vault::open(std::string(32, 'k')));
  std::unique_ptr<SemanticStore> store_;
};
INSTANTIATE_TEST_SUITE_P(Engines, SemanticStoreTest, testing::ValuesIn(test::both_engines()),
                         [](const auto& info) { return test::engine_name(info); });

TEST_P(SemanticStoreTest, CountsOutliveARestart) {
  const SemanticCounts one{
      .asked = 3, .served = 1, .embeddings = 2, .saved = Money::from_nano(500), .embedding_cost = Money::from_nano(20)};
  store_->count("desk", "words", one, now);
  store_->count("desk", "words", one, now - std::chrono::hours(48));
  open();
  store_->count("desk", "words", one, now);
  const auto totals = store_->totals(all);
  ASSERT_TRUE(totals) << describe(totals.error());
  ASSERT_EQ(totals->size(), 1U);
  EXPECT_EQ(totals->front().counts.asked, 9);
  EXPECT_EQ(totals->front().counts.saved, Money::from_nano(1'500));
  EXPECT_EQ(totals->front().counts.embedding_cost, Money::from_nano(60));
  EXPECT_EQ(render_time(totals->front().since).substr(0, 10), "2026-11-21");
  EXPECT_EQ(store_->totals({"desk", now - std::chrono::hours(1), all.to})->front().counts.asked, 6);
  EXPECT_TRUE(store_->totals({"sales", all.from, all.to})->empty());
}

TEST_P(SemanticStoreTest, TheReportIsOfSamplesAndLabels) {
  const auto wrong = record(0.9, true);
  record(0.95, true);
  record(0.6, false);
  record(0.97, false, "numbers");
  open();
  auto shown = report();
  EXPECT_EQ(shown.at("shadowed"), 2);
  EXPECT_EQ(shown.at("agreed"), 2);
  EXPECT_EQ(shown.at("precision"), 1.0);
  EXPECT_EQ(shown.at("samples"), 4);
  EXPECT_EQ(shown.at("would_save_usd"), "0.000002");
  EXPECT_EQ(json::serialize(shown.at("refused")), R"([{"because":"numbers","compared":1,"agreed":0}])");
  EXPECT_TRUE(shown.at("advice").at("threshold_percent").is_null());
  ASSERT_TRUE(store_->label(wrong.trace, false, "ada"));
  shown = report();
  EXPECT_EQ(shown.at("agreed"), 1) << "what a person says counts";
  EXPECT_EQ(shown.at("labelled"), 1);
  ASSERT_TRUE(store_->label(wrong.trace, std::nullopt, "ada"));
  EXPECT_EQ(report().at("labelled"), 0);
  EXPECT_EQ(store_->label(Id::generate(), true, "ada").error().code, ErrorCode::NotFound);
}

TEST_P(SemanticStoreTest, TextsAreSealedAndCut) {
  const SemanticTexts texts{"how?", std::string(9'000, 'a'), "how so?", "so"};
  const auto with = record(0.9, true, "", texts), without = record(0.9, true);
  const auto loaded = store_->load(with.trace);
  ASSERT_TRUE(loaded) << describe(loaded.error());
  EXPECT_EQ(loaded->first.use_case, "desk");
  ASSERT_TRUE(loaded->second);
  EXPECT_EQ(loaded->second->original_question, "how so?");
  EXPECT_EQ(loaded->second->answer.size(), SemanticStore::text_bytes_max);
  EXPECT_FALSE(store_->load(without.trace)->second);
  EXPECT_EQ(store_->load(Id::generate()).error().code, ErrorCode::NotFound);
  constexpr store::Statement read{"read", "SELECT sealed FROM semantic_sample WHERE trace = :trace", ""};
  const auto rows = data_.database().select(read, {with.trace.text()});
  EXPECT_EQ(rows->front().text(0).find("how"), std::string::npos);
}

TEST_P(SemanticStoreTest, OldOnesGo) {
  record(0.9, true);
  store_->count("desk", "words", {.asked = 1}, now);
  EXPECT_EQ(*store_->drop_before(now), 0);
  EXPECT_EQ(*store_->drop_before(now + std::chrono::hours(24)), 1);
  EXPECT_TRUE(store_->samples(all, 10)->empty());
}

}  // namespace
}  // namespace millwright::gateway
