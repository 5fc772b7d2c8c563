#include "api/answer.hpp"

namespace millwright::api {

io::http::Response json_answer(const json::value& body, std::uint16_t status) {
  io::http::Response response;
  response.status = status;
  response.headers.set("content-type", "application/json");
  response.body = json::serialize(body);
  return response;
}

io::http::Response created(const json::value& body) { return json_answer(body, 201); }

io::http::Response no_content() {
  io::http::Response response;
  response.status = 204;
  return response;
}

io::http::Response text_answer(std::string body, std::string_view media_type) {
  io::http::Response response;
  response.headers.set("content-type", std::string(media_type));
  response.body = std::move(body);
  return response;
}

io::http::Response page_answer(json::array items, std::string_view next_cursor) {
  json::object body;
  body["items"] = std::move(items);
  body["next_cursor"] = text_or_null(next_cursor);
  return json_answer(body);
}

json::value time_json(Timestamp time) {
  if (time == Timestamp{}) return nullptr;
  return json::value(render_time(time));
}

json::value time_json(const std::optional<Timestamp>& time) {
  return time ? time_json(*time) : json::value(nullptr);
}

json::value money_json(Money money) { return json::value(render_decimal(money)); }

json::value money_json(const std::optional<Money>& money) {
  return money ? money_json(*money) : json::value(nullptr);
}

json::value text_or_null(std::string_view text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

json::array texts_json(const std::vector<std::string>& texts) {
  json::array array;
  array.reserve(texts.size());
  for (const auto& text : texts) array.emplace_back(text);
  return array;
}

json::value embedded_object(std::string_view text) {
  if (text.empty()) return nullptr;
  auto parsed = parse_json_object(text);
  if (!parsed) return nullptr;
  return json::value(std::move(*parsed));
}

}  // namespace millwright::api
