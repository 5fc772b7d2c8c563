// Files and batches of the OpenAI surface over a whole factory, and the ledger behind them.
#include <gtest/gtest.h>

#include <set>

#include "tests/api/running_factory.hpp"

namespace millwright::test {
namespace {

using io::http::Method;

class BatchesTest : public testing::Test {
 protected:
  std::string make_key(std::string name) {
    auto key = running.factory().keys->create({.use_case = "helpdesk", .team = "it", .user = name, .name = name}, "test");
    EXPECT_TRUE(key);
    return key->secret;
  }
  static json::object read(const io::http::Response& response, int status = 200) {
    EXPECT_EQ(response.status, status) << response.body;
    auto body = parse_json(response.body);
    return body && body->is_object() ? body->get_object() : json::object();
  }
  io::http::Response upload(std::string_view secret, std::string_view content, std::string_view more = {},
                            std::string_view purpose = "batch") {
    Ask ask{Method::Post, "/v1/files", {}, {}};
    ask.headers.set("authorization", fmt::format("Bearer {}", secret));
    ask.headers.set("content-type", "multipart/form-data; boundary=XX");
    ask.body = fmt::format("--XX\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n{}\r\n{}--XX\r\nContent-Disposition: "
                           "form-data; name=\"file\"; filename=\"in.jsonl\"\r\n\r\n{}\r\n--XX--\r\n",
                           purpose, more, content);
    return running.ask(std::move(ask));
  }
  json::object create(std::string_view content, std::string_view more = {}) {
    const auto file = read(upload(key, content));
    return read(running.ask_as(key, Method::Post, "/v1/batches",
                               fmt::format(R"({{"input_file_id":"{}","endpoint":"/v1/chat/completions","completion_window":"24h"{}}})",
                                           std::string_view(file.at("id").as_string()), more)));
  }
  /// Asks until the batch has ended; a factory has thirty seconds for that.
  json::object wait_for_end(const json::object& batch) {
    const auto path = "/v1/batches/" + std::string(batch.at("id").as_string());
    json::object shown;
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (std::chrono::steady_clock::now() < patience) {
      shown = read(running.ask_as(key, Method::Get, path));
      const auto status = shown.at("status").as_string();
      if (status == "completed" || status == "failed" || status == "cancelled" || status == "expired") break;
    }
    return shown;
  }
  std::string content(const json::value& id, std::string_view secret, int status = 200) {
    auto response = running.ask_as(secret, Method::Get, fmt::format("/v1/files/{}/content", std::string_view(id.as_string())));
    EXPECT_EQ(response.status, status) << response.body;
    return response.body;
  }
  static std::string line(std::string_view id, std::string_view text = "hi") {
    return fmt::format(R"({{"custom_id":"{}","method":"POST","url":"/v1/chat/completions","body":{{"model":"helpdesk","messages":[{{"role":"user","content":"{}"}}]}}}})"
                       "\n", id, text);
  }
  std::size_t rows() { return running.factory().accounts->list({.limit = 1000})->rows.size(); }

  RunningFactory running;
  std::string key = make_key("ana");
};

TEST_F(BatchesTest, EveryLineHasOneResultAndOneLedgerRow) {
  std::string input;
  for (int i = 0; i < 40; ++i) input += line(fmt::format("id-{}", i), fmt::format("question {}", i));
  input += R"({"custom_id":"bad","method":"POST","url":"/v1/chat/completions","body":{"model":"helpdesk","messages":"no"}})" "\n";
  input += R"({"custom_id":"unknown","method":"POST","url":"/v1/chat/completions","body":{"model":"nobody","messages":[{"role":"user","content":"x"}]}})" "\n";
  const auto before = rows();
  const auto created = create(input, R"(,"metadata":{"run":"7"})");
  EXPECT_EQ(created.at("status"), "validating");
  EXPECT_EQ(created.at("metadata").at("run"), "7");
  const auto ended = wait_for_end(created);
  EXPECT_EQ(ended.at("status"), "completed") << json::serialize(ended);
  EXPECT_EQ(json::serialize(ended.at("request_counts")), R"({"total":42,"completed":40,"failed":2})");
  std::set<std::string> ids;
  std::istringstream output(content(ended.at("output_file_id"), key));
  for (std::string text; std::getline(output, text);) {
    const auto result = json::parse(text).as_object();
    EXPECT_EQ(result.at("response").at("status_code"), 200);
    EXPECT_EQ(result.at("response").at("body").at("object"), "chat.completion");
    ids.emplace(result.at("custom_id").as_string());
  }
  EXPECT_EQ(ids.size(), 40u);
  const auto errors = content(ended.at("error_file_id"), key);
  EXPECT_NE(errors.find(R"("custom_id":"bad","response":{"status_code":400)"), std::string::npos) << errors;
  EXPECT_NE(errors.find(R"("custom_id":"unknown","response":{"status_code":404)"), std::string::npos) << errors;
  EXPECT_EQ(rows(), before + 41);   // a line that is no request at all reaches nobody
}

TEST_F(BatchesTest, AnInputWithFaultsFailsWithItsLines) {
  const auto ended = wait_for_end(create(line("a") + "nonsense\n" + line("a")));
  EXPECT_EQ(ended.at("status"), "failed");
  const auto& faults = ended.at("errors").at("data").as_array();
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_EQ(faults[0].at("line"), 2);
  EXPECT_EQ(faults[1].at("code"), "duplicate_custom_id");
  EXPECT_EQ(faults[1].at("line"), 3);
}

TEST_F(BatchesTest, OnlyTheScopeSeesFilesAndBatches) {
  const auto other = make_key("bob");
  const auto ended = wait_for_end(create(line("a")));
  const auto id = std::string(ended.at("id").as_string());
  read(running.ask_as(other, Method::Get, "/v1/batches/" + id), 404);
  read(running.ask_as(other, Method::Post, "/v1/batches/" + id + "/cancel"), 404);
  content(ended.at("output_file_id"), other, 404);
  EXPECT_TRUE(read(running.ask_as(other, Method::Get, "/v1/batches")).at("data").as_array().empty());
  EXPECT_TRUE(read(running.ask_as(other, Method::Get, "/v1/files")).at("data").as_array().empty());
  EXPECT_EQ(read(running.ask_as(key, Method::Get, "/v1/files?purpose=batch_output")).at("data").as_array().size(), 1u);
  read(running.ask_as("", Method::Get, "/v1/files"), 401);
}

TEST_F(BatchesTest, WhatCannotBeTakenIsNamed) {
  const auto file = read(upload(key, line("a"), {}, "user_data"));
  const auto id = file.at("id").as_string();
  const struct {
    std::string body;
    std::string_view param;
    int status;
  } cases[] = {
      {"{", "", 400},
      {R"({"endpoint":"/v1/chat/completions","completion_window":"24h"})", "input_file_id", 400},
      {fmt::format(R"({{"input_file_id":"{}","endpoint":"/v1/chat/completions","completion_window":"24h"}})", std::string_view(id)), "input_file_id", 400},
      {R"({"input_file_id":"file-0","endpoint":"/v1/chat/completions","completion_window":"24h"})", "input_file_id", 404},
      {R"({"input_file_id":"file-0","endpoint":"/v1/audio","completion_window":"24h"})", "endpoint", 400},
      {R"({"input_file_id":"file-0","endpoint":"/v1/embeddings","completion_window":"soon"})", "completion_window", 400},
      {R"({"input_file_id":"file-0","endpoint":"/v1/embeddings","completion_window":"24h","extra":1})", "extra", 400},
      {R"({"input_file_id":"file-0","endpoint":"/v1/embeddings","completion_window":"24h","metadata":{"a":1}})", "metadata.a", 400},
      {R"({"input_file_id":"file-0","endpoint":"/v1/embeddings","completion_window":"24h","millwright":{"off_peak":"x"}})", "millwright.off_peak", 400},
  };
  for (const auto& test : cases) {
    const auto answer = read(running.ask_as(key, Method::Post, "/v1/batches", test.body), test.status);
    if (!test.param.empty()) { EXPECT_EQ(answer.at("error").at("param"), json::value(test.param)) << test.body; }
  }
  const auto purpose = read(upload(key, "x", {}, "fun"), 400);
  EXPECT_EQ(purpose.at("error").at("param"), "purpose");
  const auto expiry = read(upload(key, "x", "--XX\r\nContent-Disposition: form-data; name=\"expires_after[seconds]\"\r\n\r\n1\r\n"), 400);
  EXPECT_EQ(expiry.at("error").at("param"), "expires_after[anchor]");
  read(running.ask_as(key, Method::Post, "/v1/files", "no form"), 400);
  read(running.ask_as(key, Method::Get, "/v1/files?limit=0"), 400);
}

TEST_F(BatchesTest, FilesAreKeptListedAndDeleted) {
  const std::string large(5u << 20, 'x');
  const auto file = read(upload(key, large, "--XX\r\nContent-Disposition: form-data; name=\"expires_after[anchor]\"\r\n\r\ncreated_at\r\n"
                                            "--XX\r\nContent-Disposition: form-data; name=\"expires_after[seconds]\"\r\n\r\n3600\r\n", "user_data"));
  EXPECT_EQ(file.at("bytes"), large.size());
  EXPECT_EQ(file.at("expires_at").as_int64() - file.at("created_at").as_int64(), 3'600);
  EXPECT_EQ(content(file.at("id"), key), large);
  const auto path = "/v1/files/" + std::string(file.at("id").as_string());
  EXPECT_EQ(read(running.ask_as(key, Method::Get, path)).at("filename"), "in.jsonl");
  EXPECT_EQ(read(running.ask_as(key, Method::Delete, path)).at("deleted"), true);
  read(running.ask_as(key, Method::Get, path), 404);
  read(running.ask_as(key, Method::Delete, path), 404);
}

TEST_F(BatchesTest, ACancelledBatchSaysWhatDidNotRun) {
  auto settings = batches::BatchSettings{};
  settings.off_peak = batches::OffPeak::Ignore;
  running.factory().batches->replace_settings(settings);
  std::string input;
  for (int i = 0; i < 2'000; ++i) input += line(fmt::format("id-{}", i));
  const auto created = create(input);
  const auto path = "/v1/batches/" + std::string(created.at("id").as_string());
  const auto cancelling = read(running.ask_as(key, Method::Post, path + "/cancel"));
  EXPECT_EQ(cancelling.at("status"), "cancelling");
  const auto ended = wait_for_end(created);
  EXPECT_EQ(ended.at("status"), "cancelled");
  EXPECT_NE(content(ended.at("error_file_id"), key).find("batch_cancelled"), std::string::npos);
  read(running.ask_as(key, Method::Post, path + "/cancel"), 409);
}

TEST_F(BatchesTest, ADeferredCallIsABatchOfOneLine) {
  Ask ask{Method::Post, "/v1/chat/completions", {}, R"({"model":"helpdesk","messages":[{"role":"user","content":"hi"}]})"};
  ask.headers.set("authorization", "Bearer " + key);
  ask.headers.set("x-millwright-defer", "off-peak; deadline=2h");
  const auto response = running.ask(ask);
  const auto batch = read(response, 202);
  EXPECT_EQ(response.headers.find("location"), "/v1/batches/" + std::string(batch.at("id").as_string()));
  EXPECT_EQ(batch.at("expires_at").as_int64() - batch.at("created_at").as_int64(), 7'200);
  const auto ended = wait_for_end(batch);
  EXPECT_EQ(ended.at("status"), "completed");
  EXPECT_NE(content(ended.at("output_file_id"), key).find("chat.completion"), std::string::npos);
  ask.headers.set("x-millwright-defer", "tomorrow");
  EXPECT_EQ(read(running.ask(ask), 400).at("error").at("param"), "x-millwright-defer");
  ask.headers.set("x-millwright-defer", "any");
  ask.body = R"({"model":"helpdesk","messages":"no"})";
  EXPECT_EQ(read(running.ask(ask), 400).at("error").at("param"), "messages");
}

}  // namespace
}  // namespace millwright::test
