#include "features/batches/line.hpp"

#include <gtest/gtest.h>

namespace millwright::batches {
namespace {

constexpr std::string_view endpoint = "/v1/chat/completions";

std::string line(std::string_view id = "a", std::string_view body = R"({"model":"m","messages":[]})") {
  return fmt::format(R"({{"custom_id":"{}","method":"POST","url":"/v1/chat/completions","body":{}}})", id, body);
}

TEST(BatchLine, IsRead) {
  const auto read = parse_line(line("a", R"({"model":"m","n":2})"), 7, endpoint);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->number, 7);
  EXPECT_EQ(read->custom_id, "a");
  EXPECT_EQ(json::serialize(read->body), R"({"model":"m","n":2})");
}

TEST(BatchLine, FaultsNameTheMember) {
  const struct {
    std::string text;
    std::string_view code, param;
  } cases[] = {
      {"{", "invalid_json_line", ""},
      {"[]", "invalid_json_line", ""},
      {R"({"method":"POST","url":"/v1/chat/completions","body":{}})", "missing_required_parameter", "custom_id"},
      {R"({"custom_id":"a","url":"/v1/chat/completions","body":{}})", "missing_required_parameter", "method"},
      {R"({"custom_id":"a","method":"GET","url":"/v1/chat/completions","body":{}})", "invalid_method", "method"},
      {R"({"custom_id":"a","method":"POST","url":"/v1/embeddings","body":{}})", "mismatched_endpoint", "url"},
      {R"({"custom_id":7,"method":"POST","url":"/v1/chat/completions","body":{}})", "invalid_custom_id", "custom_id"},
      {line(std::string(513, 'x')), "invalid_custom_id", "custom_id"},
      {line("a", "[]"), "invalid_body", "body"},
      {line("a", "{}"), "missing_required_parameter", "body.model"},
      {line("a", R"({"model":"m","stream":true})"), "stream_not_supported", "body.stream"},
      {R"({"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{},"extra":1})", "unknown_parameter", "extra"},
  };
  for (const auto& test : cases) {
    const auto read = parse_line(test.text, 3, endpoint);
    ASSERT_FALSE(read) << test.text;
    EXPECT_EQ(read.error().code, test.code) << test.text;
    EXPECT_EQ(read.error().param, test.param) << test.text;
    EXPECT_EQ(read.error().line, 3);
  }
}

TEST(InputCheck, FindsEveryFaultWithItsLine) {
  InputCheck check{std::string(endpoint)};
  EXPECT_TRUE(check.add(line("a"), 1));
  EXPECT_TRUE(check.add("nonsense", 2));
  EXPECT_TRUE(check.add(line("a", R"({"model":"other"})"), 4));
  check.finish();
  ASSERT_EQ(check.faults().size(), 2u);
  EXPECT_EQ(check.faults()[0].line, 2);
  EXPECT_EQ(check.faults()[1].code, "duplicate_custom_id");
  EXPECT_EQ(check.faults()[1].line, 4);
  EXPECT_EQ(check.lines(), 3);
  EXPECT_EQ(check.models(), (std::vector<std::string>{"m", "other"}));
}

TEST(InputCheck, AnEmptyFileIsAFault) {
  InputCheck check{std::string(endpoint)};
  check.finish();
  ASSERT_EQ(check.faults().size(), 1u);
  EXPECT_EQ(check.faults()[0].code, "empty_file");
}

TEST(InputCheck, StopsWhenThereIsTooMuchToSay) {
  InputCheck check{std::string(endpoint)};
  std::int64_t number = 1;
  while (check.add("x", number)) ++number;
  EXPECT_EQ(number, static_cast<std::int64_t>(faults_max));
  EXPECT_EQ(check.faults().size(), faults_max);
}

TEST(ResultLine, IsOneLineOfJson) {
  const auto answer = render_answer("0a", "say \"hi\"\n", 200, R"({"x":1})");
  EXPECT_EQ(answer.find('\n'), std::string::npos);
  const auto read = json::parse(answer).as_object();
  EXPECT_EQ(read.at("custom_id"), "say \"hi\"\n");
  EXPECT_EQ(read.at("response").at("status_code"), 200);
  EXPECT_EQ(read.at("response").at("body").at("x"), 1);
  EXPECT_TRUE(read.at("error").is_null());
  const auto failed = json::parse(render_failure("0a", "b", {{"code", "batch_expired"}})).as_object();
  EXPECT_TRUE(failed.at("response").is_null());
  EXPECT_EQ(failed.at("error").at("code"), "batch_expired");
}

}  // namespace
}  // namespace millwright::batches
