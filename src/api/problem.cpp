#include "api/problem.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace millwright::api {

namespace {

json::object where_json(const Where& where) {
  json::object object;
  if (!where.source.empty()) object["source"] = where.source;
  if (!where.field.empty()) object["field"] = where.field;
  if (where.line != 0) object["line"] = where.line;
  if (where.column != 0) object["column"] = where.column;
  if (where.byte) object["byte"] = *where.byte;
  return object;
}

/// "policy_refused" → "Policy refused".
std::string title_of(std::string_view code_name) {
  std::string title(code_name);
  std::ranges::replace(title, '_', ' ');
  if (!title.empty() && title[0] >= 'a' && title[0] <= 'z') title[0] = static_cast<char>(title[0] - 'a' + 'A');
  return title;
}

std::string_view who_can(const Error& error) {
  switch (error.code) {
    case ErrorCode::PolicyRefused: return "whoever owns the rule named here";
    case ErrorCode::BudgetExhausted: return "the owner of the budget";
    case ErrorCode::Pending: return "an approver";
    default: return {};
  }
}

}  // namespace

json::object fault_json(const Error& error) {
  json::object object;
  object["code"] = meaning(error.code).name;
  object["message"] = error.message;
  if (!error.where.empty()) object["where"] = where_json(error.where);
  if (!error.rule.empty()) object["rule"] = error.rule;
  if (!error.fix.empty()) object["fix"] = error.fix;
  return object;
}

io::http::Response problem(const Error& error, std::uint16_t status, std::string_view request_id) {
  const auto& code = meaning(error.code);
  json::object body;
  body["type"] = fmt::format("/docs/errors/{}", code.name);
  body["title"] = title_of(code.name);
  body["status"] = status;
  body["detail"] = to_valid_utf8(error.message);
  body["code"] = code.name;
  if (!error.rule.empty()) body["rule"] = error.rule;
  if (!error.where.empty()) body["where"] = where_json(error.where);
  if (!error.fix.empty()) body["fix"] = error.fix;
  if (const auto who = who_can(error); !who.empty()) body["who_can"] = who;
  if (error.retry_after) body["retry_after_ms"] = error.retry_after->count();
  body["request_id"] = request_id;

  io::http::Response response;
  response.status = status;
  response.headers.set("content-type", "application/problem+json");
  if (error.retry_after) {
    const auto seconds = (error.retry_after->count() + 999) / 1000;
    response.headers.set("retry-after", std::to_string(std::max<std::int64_t>(seconds, 1)));
  }
  response.body = json::serialize(body);
  return response;
}

io::http::Response problem(const Error& error, std::string_view request_id) {
  return problem(error, meaning(error.code).http_status, request_id);
}

io::http::Response problem(const std::vector<Error>& faults, std::string_view request_id) {
  ensure(!faults.empty(), "a problem needs a fault");
  io::http::Response response = problem(faults.front(), request_id);
  auto body = json::parse(response.body).as_object();
  json::array errors;
  for (const auto& fault : faults) errors.push_back(fault_json(fault));
  body["errors"] = std::move(errors);
  response.body = json::serialize(body);
  return response;
}

}  // namespace millwright::api
