#include "tests/fakes/operations.hpp"

#include <array>
#include <functional>

#include "base/id.hpp"
#include "base/text.hpp"
#include "tests/fakes/directives.hpp"

namespace millwright::test {
namespace {

constexpr std::array<std::string_view, 3> paths{"/v1/embeddings", "/v1/moderations", "/v1/rerank"};

io::http::Response json_response(std::uint16_t status, std::string text) {
  io::http::Response response;
  response.status = status;
  response.headers.set("Content-Type", "application/json");
  response.body = std::move(text);
  return response;
}

/// All texts of the request, in order; token lists count as one text of four bytes a token.
std::vector<std::string> texts_of(const json::object& body) {
  std::vector<std::string> texts;
  const auto add = [&texts](const json::value& value) {
    if (value.is_string()) texts.emplace_back(value.get_string());
    else if (value.is_object()) texts.emplace_back(string_member(value.get_object(), "text"));
    else if (value.is_array()) texts.emplace_back(4 * value.get_array().size(), 't');
  };
  const auto* list = find_member(body, "input");
  if (list == nullptr) list = find_member(body, "documents");
  if (list == nullptr) return texts;
  const bool is_list = list->is_array() && !list->get_array().empty() && !list->get_array().front().is_int64();
  if (!is_list) add(*list);
  else for (const auto& item : list->get_array()) add(item);
  return texts;
}

/// Words that mean the same to a model of this provider, each by the first of its row.
std::string_view concept_of(std::string_view word) {
  constexpr std::array<std::string_view, 4> rows{" reset change renew replace ", " password passcode passphrase ",
                                                 " order buy request get ", " laptop notebook computer "};
  for (const auto row : rows) {
    if (row.find(" " + std::string(word) + " ") == std::string_view::npos) continue;
    return row.substr(1, row.find(' ', 1) - 1);
  }
  return word;
}

/// One number a hashed word, the little ones left out.
json::array meaning_of(std::string_view text) {
  constexpr std::size_t dimensions = 512;
  constexpr std::string_view little = " how do i can my the a an please me to is what where for our we ";
  std::array<double, dimensions> sums{};
  std::string word;
  const auto end_word = [&] {
    const bool is_little = word.empty() || little.find(" " + word + " ") != std::string_view::npos;
    if (!is_little) sums[std::hash<std::string_view>()(concept_of(word)) % dimensions] += 1;
    word.clear();
  };
  for (const char each : to_lower_ascii(text)) {
    if ((each >= 'a' && each <= 'z') || (each >= '0' && each <= '9')) word += each;
    else end_word();
  }
  end_word();
  json::array vector;
  for (const auto sum : sums) vector.push_back(json::value(sum + 0.001));
  return vector;
}

json::object answer(std::string_view path, const json::object& body, const std::vector<std::string>& texts) {
  json::array results;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto size = static_cast<double>(texts[i].size());
    if (path == "/v1/embeddings") {
      auto vector = string_member(body, "model").starts_with("meaning") ? meaning_of(texts[i])
                                                                        : json::array{size / 8, -0.5, 0.25};
      results.push_back(json::object{{"object", "embedding"}, {"index", i}, {"embedding", std::move(vector)}});
    } else if (path == "/v1/moderations") {
      results.push_back(json::object{{"flagged", texts[i].find("violence") != std::string::npos},
                                     {"categories", json::object{{"violence", false}}},
                                     {"category_scores", json::object{{"violence", 0.01}}}});
    } else {
      results.push_back(json::object{{"index", i}, {"relevance_score", 1 / (1 + size)}});
    }
  }
  const auto model = string_member(body, "model");
  if (path == "/v1/embeddings") return {{"object", "list"}, {"data", std::move(results)}, {"model", model}};
  return {{"id", Id::generate().text()}, {"model", model}, {"results", std::move(results)}};
}

}  // namespace

bool ScriptedOperations::is_one(std::string_view path) { return std::ranges::find(paths, path) != paths.end(); }

io::Task<void> ScriptedOperations::handle(io::http::Exchange& exchange) {
  const auto path = exchange.request().path;
  const auto body = parse_json_object(exchange.request().body).value_or(json::object());
  const auto texts = texts_of(body);
  const std::string script(find_member(body, "query") != nullptr ? string_member(body, "query")
                           : texts.empty()                       ? std::string_view()
                                                                 : std::string_view(texts.front()));
  const bool is_embedding = path == "/v1/embeddings";
  const auto delay = number_directive(script, is_embedding ? "embed-delay" : "delay", number_directive(script, "delay", 0));
  if (delay > 0) {
    auto slept = co_await io::sleep_for(Duration(delay));
    if (!slept) co_return;
  }
  if (has_directive(script, "cut-head")) {
    exchange.abort();
    co_return;
  }
  const auto asked_status = number_directive(script, "status", 200);
  const auto status = texts.empty() ? 400 : is_embedding ? number_directive(script, "embed-status", asked_status) : asked_status;
  io::http::Response response;
  if (status != 200) {
    response = json_response(static_cast<std::uint16_t>(status),
                             fmt::format(R"({{"error":{{"message":"scripted failure {}","type":"server_error","param":null,"code":null}}}})", status));
  } else if (has_directive(script, "error-in-200")) {
    response = json_response(200, R"({"error":{"message":"scripted error under 200","type":"server_error"}})");
  } else if (has_directive(script, "garbage")) {
    response = json_response(200, "<html>502 not json");
  } else {
    std::int64_t tokens = 0;
    for (const auto& text : texts) tokens += static_cast<std::int64_t>((text.size() + string_member(body, "query").size()) / 4) + 1;
    auto given = answer(path, body, texts);
    // Moderations report no usage, and are not billed.
    if (path == "/v1/rerank") given["usage"] = json::object{{"total_tokens", tokens}};
    if (path == "/v1/embeddings") given["usage"] = json::object{{"prompt_tokens", tokens}, {"total_tokens", tokens}};
    if (has_directive(script, "no-usage")) given.erase("usage");
    const auto id = Id::generate().text();
    if (given.contains("id")) given["id"] = id;
    if (path != "/v1/moderations") charge_(id, tokens);
    response = json_response(200, json::serialize(given));
    response.headers.set("x-request-id", id);
  }
  auto sent = co_await exchange.send(std::move(response));
  (void)sent;
}

}  // namespace millwright::test
