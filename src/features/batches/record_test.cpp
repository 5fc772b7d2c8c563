#include "features/batches/record.hpp"

#include <gtest/gtest.h>

namespace millwright::batches {
namespace {

Batch make() {
  Batch batch;
  batch.id = "batch_1";
  batch.scope = R"(["it","ana","desk"])";
  batch.owner = "team/it";
  batch.endpoint = "/v1/chat/completions";
  batch.window = "24h";
  batch.input_file = "file-1";
  batch.status = Status::InProgress;
  batch.created = *parse_time("2026-11-23T13:00:00Z");
  batch.deadline = batch.created + std::chrono::hours(24);
  batch.in_progress_at = batch.created + 1s;
  batch.metadata = {{"run", "7"}};
  batch.counts = {5, 2, 1};
  batch.cost = Money::from_nano(12);
  batch.caller = {"k", "ana", "s", "t", "region=eu", "internal"};
  batch.off_peak = OffPeak::Only;
  batch.provider_batch = ProviderBatch::Never;
  batch.models = {"desk"};
  batch.output_expires_after = Duration(7'200'000);
  batch.pause = Pause{"no room", "use_case/desk", "0a", batch.created, Money::from_nano(1), Money::from_nano(2)};
  batch.sent = SentBatch{"tag", "name", "acme", "small", "chat", Money::from_nano(3), batch.created};
  batch.faults = {{"empty_file", "nothing", "", 0}, {"invalid_method", "no", "method", 4}};
  return batch;
}

TEST(BatchRecord, ComesBackAsItWasKept) {
  const auto text = render_record(make());
  const auto read = parse_record(text);
  ASSERT_TRUE(read) << describe(read.error());
  EXPECT_EQ(render_record(*read), text);
  EXPECT_EQ(read->pause->limit, Money::from_nano(1));
  EXPECT_EQ(read->sent->name, "name");
  EXPECT_EQ(read->faults[1].line, 4);
  EXPECT_EQ(read->caller.data_class, "internal");
  EXPECT_FALSE(parse_record("{}"));
  EXPECT_FALSE(parse_record("no"));
}

TEST(BatchRecord, IsShownAsOpenAiHasIt) {
  const auto shown = to_json(make());
  EXPECT_EQ(shown.at("object"), "batch");
  EXPECT_EQ(shown.at("status"), "in_progress");
  EXPECT_EQ(json::serialize(shown.at("request_counts")), R"({"total":5,"completed":2,"failed":1})");
  EXPECT_EQ(shown.at("errors").at("data").at(1).at("line"), 4);
  EXPECT_TRUE(shown.at("output_file_id").is_null());
  EXPECT_EQ(shown.at("expires_at").as_int64() - shown.at("created_at").as_int64(), 86'400);
  EXPECT_EQ(shown.at("millwright").at("paused"), "no room");
  EXPECT_EQ(shown.at("millwright").at("approval"), "0a");
}

}  // namespace
}  // namespace millwright::batches
