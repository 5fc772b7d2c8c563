#include "api/openai/response_input_items.hpp"

#include <algorithm>
#include <charconv>

#include "api/openai/response_calls.hpp"
#include "api/openai/surface.hpp"

namespace millwright::api::openai {
namespace {

struct PageQuery {
  std::size_t limit = 20;
  bool is_ascending = false;
  std::string after;
};

Result<PageQuery> read_query(const io::http::Request& http) {
  PageQuery query;
  if (const auto text = http.query_parameter("limit")) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), query.limit);
    if (error != std::errc() || end != text->data() + text->size() || query.limit < 1 || query.limit > 100) {
      return field_error("limit", "limit must be a whole number from 1 to 100");
    }
  }
  if (const auto order = http.query_parameter("order")) {
    if (*order != "asc" && *order != "desc") return field_error("order", "order must be asc or desc");
    query.is_ascending = *order == "asc";
  }
  query.after = http.query_parameter("after").value_or("");
  return query;
}

Result<json::object> page_of(json::array items, const PageQuery& query) {
  if (!query.is_ascending) std::reverse(items.begin(), items.end());
  auto first = items.begin();
  if (!query.after.empty()) {
    first = std::ranges::find_if(items, [&](const json::value& item) {
      return item.is_object() && string_member(item.get_object(), "id") == query.after;
    });
    if (first == items.end()) return field_error("after", "there is no such item in this response");
    ++first;
  }
  json::array page;
  for (; first != items.end() && page.size() < query.limit; ++first) page.push_back(std::move(*first));
  const auto id_of = [](const json::value& item) { return json::value(string_member(item.as_object(), "id")); };
  const auto first_id = page.empty() ? json::value(nullptr) : id_of(page.front());
  const auto last_id = page.empty() ? json::value(nullptr) : id_of(page.back());
  return json::object{{"object", "list"},
                      {"data", std::move(page)},
                      {"first_id", first_id},
                      {"last_id", last_id},
                      {"has_more", first != items.end()}};
}

io::Task<Result<io::http::Response>> list(Parts parts, const io::http::Request& http) {
  auto caller = read_caller(http, parts);
  if (!caller) co_return pass(caller);
  auto query = read_query(http);
  if (!query) co_return pass(query);
  auto record = co_await parts.responses->load(response_id_of(http), gateway::response_scope(*caller));
  if (!record) co_return pass(record);
  auto page = page_of(std::move(record->input), *query);
  if (!page) co_return pass(page);
  co_return response_answer(*page, Id::generate().text());
}

}  // namespace

io::Task<void> list_input_items(Parts parts, io::http::Exchange& exchange) {
  auto result = co_await list(parts, exchange.request());
  co_await send_result(exchange, std::move(result));
}

}  // namespace millwright::api::openai
