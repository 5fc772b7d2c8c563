#include "features/approval/request_store.hpp"

#include "base/canonical_json.hpp"
#include "features/approval/approval_sql.hpp"

namespace millwright::approval {
namespace {

store::Value micros_of(const std::optional<Timestamp>& time) {
  return time ? store::Value(to_micros(*time)) : store::Value(store::Null{});
}

std::optional<Timestamp> time_of(const store::Row& row, std::size_t column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.time(column));
}

Result<Request> request_of(const store::Row& row) {
  auto id = Id::parse(row.text(0));
  auto plan = parse_json_object(row.text(4));
  const auto state = find_state(row.text(10));
  if (!id || !plan || !state) return fail(ErrorCode::Corrupt, "approval request {} is unreadable", row.text(0));
  Request request;
  request.id = *id;
  request.kind = row.text(1);
  request.object = row.text(2);
  request.title = row.text(3);
  request.plan = std::move(*plan);
  request.requested_by = row.text(5);
  request.eyes = row.integer(6) == 4 ? Eyes::Four : Eyes::Two;
  request.assignee = row.text(7);
  request.delegated_by = row.text(8);
  request.due = time_of(row, 9);
  request.state = *state;
  request.decided_by = row.text(11);
  request.reason = row.text(12);
  request.created_at = row.time(13);
  request.decided_at = time_of(row, 14);
  return request;
}

Result<void> changed_one(Result<std::int64_t> changed) {
  if (!changed) return pass(changed);
  if (*changed != 1) return fail(ErrorCode::Conflict, "the request was decided by someone else meanwhile");
  return {};
}

}  // namespace

Result<void> insert_request(store::Session& session, const Request& request) {
  auto done = session.execute(
      sql::insert_request,
      {request.id.text(), request.kind, request.object, request.title, render_canonical_json(request.plan),
       request.requested_by, std::int64_t{request.eyes == Eyes::Four ? 4 : 2}, request.assignee,
       micros_of(request.due), to_micros(request.created_at)});
  if (!done) return pass(done);
  return {};
}

Result<Request> load_request(store::Session& session, Id id) {
  auto rows = session.query(sql::load_request, {id.text()});
  if (!rows) return pass(rows);
  if (rows->empty()) return fail(ErrorCode::NotFound, "there is no approval request {}", id.text());
  return request_of(rows->front());
}

Result<std::optional<Request>> find_newest(store::Session& session, std::string_view kind, std::string_view object) {
  auto rows = session.query(sql::find_newest, {std::string(kind), std::string(object)});
  if (!rows) return pass(rows);
  if (rows->empty()) return std::optional<Request>();
  auto request = request_of(rows->front());
  if (!request) return pass(request);
  return std::optional(std::move(*request));
}

Result<Page> list_requests(store::Database& database, const Filter& filter, std::string_view cursor,
                           std::size_t limit) {
  if (!cursor.empty() && !Id::parse(cursor)) {
    return fail(ErrorCode::InvalidInput, "\"{}\" is not a cursor of the inbox", cursor);
  }
  limit = std::clamp<std::size_t>(limit, 1, 1'000);
  const std::string state(filter.state ? state_name(*filter.state) : "");
  auto rows = database.select(sql::list_requests,
                              {std::string(cursor), state, filter.kind, filter.object, filter.assignee,
                               filter.requested_by, static_cast<std::int64_t>(limit) + 1});
  if (!rows) return pass(rows);
  Page page;
  for (const store::Row& row : *rows) {
    if (page.requests.size() == limit) {
      page.next = page.requests.back().id.text();
      break;
    }
    auto request = request_of(row);
    if (!request) return pass(request);
    page.requests.push_back(std::move(*request));
  }
  return page;
}

Result<std::vector<Id>> list_overdue(store::Session& session, Timestamp now) {
  auto rows = session.query(sql::list_overdue, {to_micros(now)});
  if (!rows) return pass(rows);
  std::vector<Id> ids;
  for (const store::Row& row : *rows) {
    auto id = Id::parse(row.text(0));
    if (!id) return pass(id);
    ids.push_back(*id);
  }
  return ids;
}

Result<std::int64_t> count_open(store::Database& database) {
  auto rows = database.select(sql::count_open);
  if (!rows) return pass(rows);
  return rows->front().integer(0);
}

Result<void> close_request(store::Session& session, const Request& request) {
  return changed_one(session.execute(sql::close_request,
                                     {std::string(state_name(request.state)), request.decided_by, request.reason,
                                      micros_of(request.decided_at), request.id.text()}));
}

Result<void> assign_request(store::Session& session, const Request& request) {
  return changed_one(
      session.execute(sql::assign_request, {request.assignee, request.delegated_by, request.id.text()}));
}

}  // namespace millwright::approval
