#include "features/approval/rules.hpp"

namespace millwright::approval {
namespace {

constexpr std::string_view user_prefix = "user/";
constexpr std::string_view group_prefix = "group/";

std::string_view bare(std::string_view person) {
  return person.starts_with(user_prefix) ? person.substr(user_prefix.size()) : person;
}

bool is_assigned_to(const Request& request, const Actor& actor) {
  if (request.assignee.empty()) return true;
  if (!request.assignee.starts_with(group_prefix)) return is_same_person(request.assignee, actor.name);
  const std::string_view group = std::string_view(request.assignee).substr(group_prefix.size());
  return std::ranges::find(actor.groups, group) != actor.groups.end();
}

/// Who can, in words: the other half of every refusal.
std::string who_can(const Request& request) {
  const std::string_view other = request.eyes == Eyes::Four ? " other than the one who asked" : "";
  if (request.assignee.empty()) return fmt::format("Anyone with the role approver{} can decide.", other);
  if (request.assignee.starts_with(group_prefix)) {
    return fmt::format("A member of {} with the role approver{} can decide, or pass it on.", request.assignee, other);
  }
  return fmt::format("{} can decide, or pass it on.", request.assignee);
}

std::unexpected<Error> refuse(const Request& request, std::string rule, std::string message) {
  auto refused = fail(ErrorCode::Forbidden, "{}", message);
  refused.error().rule = std::move(rule);
  refused.error().fix = who_can(request);
  return refused;
}

}  // namespace

bool is_same_person(std::string_view a, std::string_view b) { return bare(a) == bare(b); }

Result<void> check_may_decide(const Request& request, const Actor& actor) {
  if (actor.role < identity::Role::Approver) {
    return refuse(request, "approval.role", fmt::format("{} has not the role approver", actor.name));
  }
  if (request.eyes == Eyes::Four && is_same_person(request.requested_by, actor.name)) {
    return refuse(request, "approval.four_eyes",
                  fmt::format("{} asked for this and cannot decide it: four eyes are required", actor.name));
  }
  if (!is_assigned_to(request, actor)) {
    return refuse(request, "approval.assignee", fmt::format("this waits for {}", request.assignee));
  }
  return {};
}

Result<void> check_assignee(std::string_view assignee, const Request& request) {
  const bool is_group = assignee.starts_with(group_prefix) && assignee.size() > group_prefix.size();
  const bool is_user = assignee.starts_with(user_prefix) && assignee.size() > user_prefix.size();
  if (!is_group && !is_user) {
    return fail(ErrorCode::InvalidInput, "\"{}\" is neither user/NAME nor group/NAME", assignee);
  }
  if (is_user && request.eyes == Eyes::Four && is_same_person(assignee, request.requested_by)) {
    return refuse(request, "approval.four_eyes",
                  fmt::format("{} asked for this and cannot decide it: four eyes are required", assignee));
  }
  return {};
}

}  // namespace millwright::approval
