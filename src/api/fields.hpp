// Reads the fields of a request: a JSON body, or the query of the address. The first fault is kept and names its
// field; unknown fields are refused with the nearest known name, so that a typo is never silently ignored.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "io/http/message.hpp"

namespace millwright::api {

/// `Body body(call.request, {"question", "user"}); auto question = body.text("question"); if (auto ok = body.check(); !ok) …`
class Body {
 public:
  /// An empty body counts as {}.
  Body(const io::http::Request& request, std::initializer_list<std::string_view> known);

  // Required: an absent one is a fault, the result then empty.
  [[nodiscard]] std::string text(std::string_view name);
  [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t low, std::int64_t high);
  [[nodiscard]] double number(std::string_view name, double low, double high);
  [[nodiscard]] json::object object(std::string_view name);
  // Optional; null counts as absent.
  [[nodiscard]] std::string text_or(std::string_view name, std::string_view otherwise);
  [[nodiscard]] bool flag(std::string_view name);
  [[nodiscard]] std::optional<std::int64_t> find_integer(std::string_view name, std::int64_t low, std::int64_t high);
  [[nodiscard]] std::optional<double> find_number(std::string_view name, double low, double high);
  [[nodiscard]] std::optional<Timestamp> find_time(std::string_view name);
  [[nodiscard]] std::vector<std::string> texts(std::string_view name);
  [[nodiscard]] bool has(std::string_view name) const;

  /// The first fault, if any: call after the last field was read.
  [[nodiscard]] Result<void> check() const;

 private:
  const json::value* find(std::string_view name) const;
  void fault(std::string_view name, std::string message);

  json::object object_;
  std::optional<Error> fault_;
};

/// Parameters of the address.
class Query {
 public:
  explicit Query(const io::http::Request& request) : request_(request) {}
  [[nodiscard]] std::string text(std::string_view name) const;
  [[nodiscard]] std::string required(std::string_view name);
  [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t low, std::int64_t high, std::int64_t otherwise);
  /// RFC 3339 or a date, which means its midnight in UTC.
  [[nodiscard]] std::optional<Timestamp> time(std::string_view name);
  /// `limit`, 1…200, 50 when absent.
  [[nodiscard]] std::size_t limit() { return static_cast<std::size_t>(integer("limit", 1, 200, 50)); }
  [[nodiscard]] std::string cursor() const { return text("cursor"); }
  [[nodiscard]] Result<void> check() const;

 private:
  void fault(std::string_view name, std::string message);

  const io::http::Request& request_;
  std::optional<Error> fault_;
};

/// `from` and `to` of a report; since the start of the month until now when absent.
struct Window {
  Timestamp from, to;
};
[[nodiscard]] Window window_of(Query& query, Timestamp now);
[[nodiscard]] Timestamp month_start(Timestamp now);
/// "2026-11-23" or RFC 3339.
[[nodiscard]] Result<Timestamp> parse_time_or_date(std::string_view text);

}  // namespace millwright::api
