// Successful answers of the control API, and the few shapes all of them share: pages, times, money.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/money.hpp"
#include "base/time.hpp"
#include "io/http/message.hpp"

namespace millwright::api {

[[nodiscard]] io::http::Response json_answer(const json::value& body, std::uint16_t status = 200);
[[nodiscard]] io::http::Response created(const json::value& body);
[[nodiscard]] io::http::Response no_content();
[[nodiscard]] io::http::Response text_answer(std::string body, std::string_view media_type);
/// {"items", "next_cursor"}; an empty cursor is null.
[[nodiscard]] io::http::Response page_answer(json::array items, std::string_view next_cursor = {});

/// RFC 3339, or null for the epoch, which stands for "never".
[[nodiscard]] json::value time_json(Timestamp time);
[[nodiscard]] json::value time_json(const std::optional<Timestamp>& time);
[[nodiscard]] json::value money_json(Money money);
[[nodiscard]] json::value money_json(const std::optional<Money>& money);
/// null when empty.
[[nodiscard]] json::value text_or_null(std::string_view text);
[[nodiscard]] json::array texts_json(const std::vector<std::string>& texts);
/// The object that `text` is the JSON of; null when it is empty or no object.
[[nodiscard]] json::value embedded_object(std::string_view text);

}  // namespace millwright::api
