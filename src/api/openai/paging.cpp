#include "api/openai/paging.hpp"

#include <charconv>

#include "base/text.hpp"
#include "features/gateway/gateway.hpp"

namespace millwright::api::openai {

Result<PageQuery> read_page_query(const io::http::Request& http, std::size_t limit_default, std::size_t limit_max) {
  PageQuery query;
  query.limit = limit_default;
  if (const auto limit = http.query_parameter("limit")) {
    const auto [end, failed] = std::from_chars(limit->data(), limit->data() + limit->size(), query.limit);
    if (failed != std::errc() || end != limit->data() + limit->size() || query.limit < 1 || query.limit > limit_max) {
      return gateway::field_error("limit", fmt::format("it must be a number from 1 to {}", limit_max));
    }
  }
  query.after = http.query_parameter("after").value_or("");
  const auto order = http.query_parameter("order").value_or("desc");
  if (order != "asc" && order != "desc") return gateway::field_error("order", "it must be asc or desc");
  query.is_ascending = order == "asc";
  return query;
}

json::object page_json(json::array data, bool has_more) {
  json::value first, last;
  if (!data.empty()) {
    first = data.front().at("id");
    last = data.back().at("id");
  }
  return {{"object", "list"}, {"data", std::move(data)}, {"first_id", first}, {"last_id", last}, {"has_more", has_more}};
}

std::string id_in_path(const io::http::Request& http) {
  const auto parts = split(http.path, '/');   // "", "v1", things, id, …
  return parts.size() > 3 ? std::string(parts[3]) : std::string();
}

}  // namespace millwright::api::openai
