#include "features/batches/config.hpp"

#include <gtest/gtest.h>


namespace millwright::batches {
namespace {

TEST(BatchesConfig, Names) {
  for (const auto policy : {OffPeak::Ignore, OffPeak::Prefer, OffPeak::Only}) {
    EXPECT_EQ(find_off_peak(off_peak_name(policy)), policy);
  }
  EXPECT_EQ(find_provider_batch("never"), ProviderBatch::Never);
  EXPECT_FALSE(find_off_peak("sometimes"));
}

TEST(BatchesConfig, AUseCaseMayWantSomethingElse) {
  BatchSettings settings;
  settings.use_cases = {{"helpdesk", OffPeak::Only, {}}, {"reports", {}, ProviderBatch::Never}};
  EXPECT_EQ(settings.off_peak_of("helpdesk"), OffPeak::Only);
  EXPECT_EQ(settings.provider_batch_of("helpdesk"), ProviderBatch::Prefer);
  EXPECT_EQ(settings.off_peak_of("reports"), OffPeak::Prefer);
  EXPECT_EQ(settings.provider_batch_of("reports"), ProviderBatch::Never);
  EXPECT_EQ(settings.off_peak_of(""), OffPeak::Prefer);
}

TEST(BatchesConfig, IsReadFromItsSections) {
  auto tree = config::parse_yaml(
      "batches: {concurrent: 3, window: 2d, off_peak: only, provider_batch: never, poll: 5s, retention: 1d,\n"
      "          use_cases: [{use_case: helpdesk, off_peak: ignore}]}\n"
      "files: {size: 1MiB, total: 1GiB, retention: 0s}\n",
      "t.yaml");
  ASSERT_TRUE(tree);
  auto valid = config::validate(std::move(*tree), {batches_section(), files_section()});
  ASSERT_TRUE(valid) << describe(valid.error().front());
  const auto batches = parse_batches((*valid)["batches"]);
  EXPECT_EQ(batches.concurrent, 3);
  EXPECT_EQ(batches.window_max, std::chrono::hours(48));
  EXPECT_EQ(batches.off_peak, OffPeak::Only);
  EXPECT_EQ(batches.provider_batch, ProviderBatch::Never);
  EXPECT_EQ(batches.off_peak_of("helpdesk"), OffPeak::Ignore);
  const auto files = parse_files((*valid)["files"]);
  EXPECT_EQ(files.size_max, 1u << 20);
  EXPECT_EQ(files.total_max, 1u << 30);
  EXPECT_EQ(files.retention, Duration(0));
}

TEST(BatchesConfig, WhatCannotBeIsAFault) {
  for (const auto* bad : {"batches: {concurrent: 0}\n", "batches: {off_peak: sometimes}\n", "batches: {windows: 1d}\n",
                          "batches: {use_cases: [{off_peak: only}]}\n", "files: {size: none}\n"}) {
    auto tree = config::parse_yaml(bad, "t.yaml");
    ASSERT_TRUE(tree) << bad;
    EXPECT_FALSE(config::validate(std::move(*tree), {batches_section(), files_section()})) << bad;
  }
}

}  // namespace
}  // namespace millwright::batches
