// The inbox of everything that needs a person, and deciding.
#include "api/admin/groups.hpp"
#include "api/admin/shapes.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"
#include "features/approval/approval.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

Result<Response> list_approvals(const ApprovalParts& parts, const Call& call) {
  Query query(call.request);
  const auto limit = query.limit();
  const auto state = query.text("state");
  if (auto ok = query.check(); !ok) return pass(ok);
  approval::Filter filter;
  if (state != "all") {
    filter.state = approval::find_state(state.empty() ? "open" : state);
    if (!filter.state) {
      return fail(ErrorCode::InvalidInput, "\"state\" must be open, approved, rejected, withdrawn or all");
    }
  }
  const auto page = parts.inbox->list(filter, query.cursor(), limit);
  if (!page) return std::unexpected(page.error());
  json::array items;
  for (const auto& request : page->requests) items.push_back(approval::to_json(request));
  return page_answer(std::move(items), page->next);
}

approval::Actor actor_of(const Caller& caller) {
  approval::Actor actor{caller.name, caller.role.value_or(identity::Role::Viewer), {}};
  if (caller.signed_in) actor.groups = caller.signed_in->user.groups;
  return actor;
}

Result<Response> decide(const ApprovalParts& parts, const Call& call) {
  auto id = Id::parse(call.parameter("id"));
  if (!id) return pass(id);
  Body body(call.request, {"decision", "reason"});
  const auto decision = body.text("decision");
  const auto reason = body.text_or("reason", {});
  if (auto ok = body.check(); !ok) return pass(ok);
  if (decision != "approve" && decision != "reject") {
    Error error;
    error.code = ErrorCode::InvalidInput;
    error.message = "\"decision\" must be approve or reject";
    error.where = {"request body", "decision", 0, 0, {}};
    return std::unexpected(std::move(error));
  }
  const auto verdict = decision == "approve" ? approval::Verdict::Approve : approval::Verdict::Reject;
  const auto request = parts.inbox->decide(*id, verdict, actor_of(call.caller), reason);
  if (!request) return std::unexpected(request.error());
  if (parts.changed) parts.changed();
  return json_answer(json::value(approval::to_json(*request)));
}

}  // namespace

Routes approval_routes(const ApprovalParts& parts) {
  using enum io::http::Method;
  return {
      row(Get, "/api/v1/approvals", Access::Viewer, list_approvals, parts),
      row(Post, "/api/v1/approvals/{id}/decide", Access::Approver, decide, parts),
  };
}

}  // namespace millwright::api
