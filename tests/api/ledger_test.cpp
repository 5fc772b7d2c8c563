// No surface without a ledger row: the routes come from the route table, so that a new surface cannot forget.
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "io/http/form.hpp"
#include "tests/api/running_factory.hpp"

namespace millwright::test {
namespace {

/// What to send to each inference route, good enough to be admitted: JSON, or the fields (a=b) and files (a@) of a
/// form; empty: this route reaches no model.
std::optional<std::string> body_for(std::string_view pattern) {
  static const std::map<std::string_view, std::string_view> bodies{
      {"/v1/chat/completions", R"({"model":"helpdesk","messages":[{"role":"user","content":"hi"}]})"},
      {"/v1/completions", R"({"model":"helpdesk","prompt":"hi"})"},
      {"/v1/responses", R"({"model":"helpdesk","input":"hi","store":false})"},
      {"/v1/messages", R"({"model":"helpdesk","max_tokens":16,"messages":[{"role":"user","content":"hi"}]})"},
      {"/v1/embeddings", R"({"model":"helpdesk","input":"hi"})"},
      {"/v1/moderations", R"({"model":"helpdesk","input":"hi"})"},
      {"/v1/rerank", R"({"model":"helpdesk","query":"hi","documents":["a"]})"},
      {"/v1/images/generations", R"({"model":"helpdesk","prompt":"hi"})"},
      {"/v1/images/edits", "prompt=hi image@"},
      {"/v1/images/variations", "image@"},
      {"/v1/audio/speech", R"({"model":"helpdesk","input":"hi","voice":"ash"})"},
      {"/v1/audio/transcriptions", "file@"},
      {"/v1/audio/translations", "file@"},
      {"/passthrough/{provider}/{path...}", R"({"model":"helpdesk"})"},
      {"/mcp/{server}", R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}})"},
      {"/v1/messages/count_tokens", ""},
      {"/v1/responses/input_tokens", ""},
      {"/v1/responses/{id}/cancel", ""},
      {"/v1/files", ""},                  // bytes are kept, no model reads them
      {"/v1/batches", ""},                // its lines are calls, each with its row when it runs: see batches_test.cpp
      {"/v1/batches/{id}/cancel", ""},
  };
  const auto known = bodies.find(pattern);
  return known == bodies.end() ? std::nullopt : std::optional(std::string(known->second));
}

/// A form where the body is none of JSON.
Ask ask_for(const std::string& secret, const std::string& pattern, const std::string& body) {
  Ask ask{io::http::Method::Post, pattern, {}, body};
  ask.headers.set("authorization", "Bearer " + secret);
  if (body.starts_with("{")) return ask;
  ask.headers.set("content-type", "multipart/form-data; boundary=b");
  io::http::Form parts{{"model", {}, {}, "helpdesk"}};
  for (const auto word : split(body, ' ')) {
    const auto mark = word.find_first_of("=@");
    parts.push_back({std::string(word.substr(0, mark)), {}, {}, std::string(word.substr(mark + 1))});
    if (word[mark] == '@') parts.back() = {std::string(word.substr(0, mark)), "f.bin", {}, "bytes"};
  }
  ask.body.clear();
  for (const auto& part : parts) io::http::append_form_part(ask.body, "b", part, part.content);
  io::http::append_form_end(ask.body, "b");
  return ask;
}

std::size_t rows(RunningFactory& running) {
  auto page = running.factory().accounts->list({.limit = 1000});
  EXPECT_TRUE(page);
  return page ? page->rows.size() : 0;
}

TEST(Ledger, EverySurfaceThatReachesAModelLeavesARow) {
  RunningFactory running;
  const auto key = running.factory().keys->create({.use_case = "helpdesk", .name = "ledger"}, "test");
  ASSERT_TRUE(key) << describe(key.error());
  int reached = 0;
  for (const auto& route : running.factory().router->routes()) {
    if (route.access != api::Access::Surface || route.method != io::http::Method::Post) continue;
    const auto body = body_for(route.pattern);
    ASSERT_TRUE(body) << "POST " << route.pattern << " is new: say here what to send to it";
    if (body->empty()) continue;
    const auto before = rows(running);
    const auto response = running.ask(ask_for(key->secret, route.pattern, *body));
    EXPECT_EQ(rows(running), before + 1) << route.pattern << " answered " << response.status << ": " << response.body;
    ++reached;
  }
  EXPECT_GE(reached, 13);
}

}  // namespace
}  // namespace millwright::test
