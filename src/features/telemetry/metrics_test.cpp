// What Prometheus gets to see.
#include <gtest/gtest.h>

#include <thread>

#include "features/telemetry/telemetry.hpp"

namespace millwright::telemetry {
namespace {

Trace request(const std::string& use_case, const std::string& model) {
  Trace trace;
  trace.use_case = use_case;
  trace.model = model;
  trace.duration_us = 20'000;
  trace.first_token_us = 3'000;
  trace.tokens = {.input = 10, .output = 5};
  trace.cost = Money::from_nano(500'000'000);
  return trace;
}

TEST(MetricsTest, CountsARequest) {
  Metrics metrics;
  metrics.count_request(request("helpdesk", "small"));
  metrics.count_request(request("helpdesk", "small"));
  Trace failed = request("helpdesk", "small");
  failed.status = TraceStatus::Failed;
  metrics.count_request(failed);
  const std::string text = metrics.render();
  for (const char* line :
       {"millwright_requests_total{model=\"small\",status=\"ok\",use_case=\"helpdesk\"} 2",
        "millwright_requests_total{model=\"small\",status=\"failed\",use_case=\"helpdesk\"} 1",
        "millwright_tokens_total{kind=\"input\",model=\"small\",use_case=\"helpdesk\"} 30",
        "millwright_cost_usd_total{model=\"small\",use_case=\"helpdesk\"} 1.5",
        "millwright_request_duration_seconds_count{model=\"small\",use_case=\"helpdesk\"} 3",
        "millwright_first_token_seconds_bucket{model=\"small\",use_case=\"helpdesk\",le=\"0.005\"} 3",
        "# TYPE millwright_requests_total counter"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
}

TEST(MetricsTest, LabelsAreBounded) {
  Metrics metrics;
  for (int i = 0; i < 500; ++i) metrics.count_request(request("case-" + std::to_string(i), "small"));
  for (int i = 0; i < 500; ++i) metrics.count_event("limit", "reason-" + std::to_string(i));
  const std::string text = metrics.render();
  EXPECT_NE(text.find("millwright_requests_total{model=\"small\",status=\"ok\",use_case=\"other\"} 300"),
            std::string::npos);
  EXPECT_NE(text.find("millwright_events_total{event=\"limit\",reason=\"other\"} 300"), std::string::npos);
  EXPECT_EQ(text.find("case-499"), std::string::npos);
}

TEST(MetricsTest, GaugesAreReadWhenScraped) {
  Metrics metrics;
  double value = 1;
  metrics.add_gauge("millwright_connections", "Open connections.", [&value] { return value; });
  value = 42;
  EXPECT_NE(metrics.render().find("millwright_connections 42"), std::string::npos);
}

TEST(MetricsTest, ManyThreadsLoseNothing) {
  Metrics metrics;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&metrics, t] {
        for (int i = 0; i < 2'000; ++i) metrics.count_request(request("case-" + std::to_string((i + t) % 7), "small"));
      });
    }
  }
  const std::string text = metrics.render();
  double total = 0;
  for (std::size_t at = text.find("millwright_requests_total{"); at != std::string::npos;
       at = text.find("millwright_requests_total{", at + 1)) {
    total += std::stod(text.substr(text.find("} ", at) + 2));
  }
  EXPECT_EQ(total, 8'000);
}

}  // namespace
}  // namespace millwright::telemetry
