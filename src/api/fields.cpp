#include "api/fields.hpp"

#include <charconv>
#include <cmath>

#include "base/text.hpp"

namespace millwright::api {

namespace {

Error fault_at(std::string_view source, std::string_view name, std::string message) {
  Error error;
  error.code = ErrorCode::InvalidInput;
  error.message = std::move(message);
  error.where.source = source;
  error.where.field = name;
  return error;
}

}  // namespace

Body::Body(const io::http::Request& request, std::initializer_list<std::string_view> known) {
  if (trimmed(request.body).empty()) return;
  auto parsed = parse_json_object(request.body);
  if (!parsed) {
    fault_ = std::move(parsed.error());
    if (fault_->where.source.empty()) fault_->where.source = "request body";
    return;
  }
  object_ = std::move(*parsed);
  const std::vector<std::string_view> names(known);
  for (const auto& member : object_) {
    const std::string_view key(member.key());
    if (std::ranges::find(names, key) != names.end()) continue;
    fault(key, fmt::format("unknown field \"{}\"", to_valid_utf8(utf8_prefix(key, 64))));
    if (const auto near = nearest_name(key, names)) fault_->fix = fmt::format("did you mean \"{}\"?", *near);
    return;
  }
}

const json::value* Body::find(std::string_view name) const {
  const auto* value = find_member(object_, name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

void Body::fault(std::string_view name, std::string message) {
  if (!fault_) fault_ = fault_at("request body", name, std::move(message));
}

bool Body::has(std::string_view name) const { return find(name) != nullptr; }

std::string Body::text(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) {
    fault(name, fmt::format("\"{}\" is required", name));
    return {};
  }
  return text_or(name, {});
}

std::string Body::text_or(std::string_view name, std::string_view otherwise) {
  const auto* value = find(name);
  if (value == nullptr) return std::string(otherwise);
  if (!value->is_string()) {
    fault(name, fmt::format("\"{}\" must be a string", name));
    return {};
  }
  return std::string(value->get_string());
}

std::optional<std::int64_t> Body::find_integer(std::string_view name, std::int64_t low, std::int64_t high) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_int64() || value->get_int64() < low || value->get_int64() > high) {
    fault(name, fmt::format("\"{}\" must be a whole number from {} to {}", name, low, high));
    return std::nullopt;
  }
  return value->get_int64();
}

std::int64_t Body::integer(std::string_view name, std::int64_t low, std::int64_t high) {
  if (!has(name)) fault(name, fmt::format("\"{}\" is required", name));
  return find_integer(name, low, high).value_or(low);
}

std::optional<double> Body::find_number(std::string_view name, double low, double high) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  const double number = value->is_double()   ? value->get_double()
                        : value->is_int64()  ? static_cast<double>(value->get_int64())
                        : value->is_uint64() ? static_cast<double>(value->get_uint64())
                                             : std::nan("");
  if (!(number >= low && number <= high)) {
    fault(name, fmt::format("\"{}\" must be a number from {} to {}", name, low, high));
    return std::nullopt;
  }
  return number;
}

double Body::number(std::string_view name, double low, double high) {
  if (!has(name)) fault(name, fmt::format("\"{}\" is required", name));
  return find_number(name, low, high).value_or(low);
}

json::object Body::object(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr || !value->is_object()) {
    fault(name, fmt::format("\"{}\" must be an object", name));
    return {};
  }
  return value->get_object();
}

bool Body::flag(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return false;
  if (!value->is_bool()) {
    fault(name, fmt::format("\"{}\" must be true or false", name));
    return false;
  }
  return value->get_bool();
}

std::optional<Timestamp> Body::find_time(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) {
    const auto time = parse_time_or_date(std::string_view(value->get_string()));
    if (time) return *time;
  }
  fault(name, fmt::format("\"{}\" must be a time such as 2026-11-23T13:00:00Z", name));
  return std::nullopt;
}

std::vector<std::string> Body::texts(std::string_view name) {
  std::vector<std::string> result;
  const auto* value = find(name);
  if (value == nullptr) return result;
  if (!value->is_array() || value->get_array().size() > 1000) {
    fault(name, fmt::format("\"{}\" must be a list of at most 1000 strings", name));
    return result;
  }
  for (const auto& item : value->get_array()) {
    if (!item.is_string()) {
      fault(name, fmt::format("\"{}\" must hold strings only", name));
      return {};
    }
    result.emplace_back(item.get_string());
  }
  return result;
}

Result<void> Body::check() const {
  if (fault_) return std::unexpected(*fault_);
  return {};
}

void Query::fault(std::string_view name, std::string message) {
  if (!fault_) fault_ = fault_at("query", name, std::move(message));
}

std::string Query::text(std::string_view name) const { return request_.query_parameter(name).value_or(std::string()); }

std::string Query::required(std::string_view name) {
  auto value = text(name);
  if (value.empty()) fault(name, fmt::format("the parameter \"{}\" is required", name));
  return value;
}

std::int64_t Query::integer(std::string_view name, std::int64_t low, std::int64_t high, std::int64_t otherwise) {
  const auto value = text(name);
  if (value.empty()) return otherwise;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || number < low || number > high) {
    fault(name, fmt::format("\"{}\" must be a whole number from {} to {}", name, low, high));
    return otherwise;
  }
  return number;
}

std::optional<Timestamp> Query::time(std::string_view name) {
  const auto value = text(name);
  if (value.empty()) return std::nullopt;
  const auto parsed = parse_time_or_date(value);
  if (!parsed) {
    fault(name, fmt::format("\"{}\" must be a date or a time such as 2026-11-23T13:00:00Z", name));
    return std::nullopt;
  }
  return *parsed;
}

Result<void> Query::check() const {
  if (fault_) return std::unexpected(*fault_);
  return {};
}

Timestamp month_start(Timestamp now) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(now));
  return std::chrono::sys_days(day.year() / day.month() / 1);
}

Window window_of(Query& query, Timestamp now) {
  Window window;
  window.from = query.time("from").value_or(month_start(now));
  window.to = query.time("to").value_or(now);
  return window;
}

Result<Timestamp> parse_time_or_date(std::string_view text) {
  if (text.size() == 10) return parse_time(fmt::format("{}T00:00:00Z", text));
  return parse_time(text);
}

}  // namespace millwright::api
