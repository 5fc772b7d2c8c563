#include <map>
#include <shared_mutex>

#include <spdlog/spdlog.h>

#include "base/canonical_json.hpp"
#include "base/text.hpp"
#include "features/approval/approval.hpp"
#include "features/approval/approval_sql.hpp"
#include "features/approval/request_store.hpp"
#include "features/approval/rules.hpp"

namespace millwright::approval {
namespace {

constexpr std::size_t plan_bytes_max = 256u << 10;
constexpr std::size_t text_bytes_max = 4'096;

Result<void> check_request(const NewRequest& request, Timestamp now) {
  for (const auto& [name, text] :
       {std::pair("kind", &request.kind), std::pair("object", &request.object), std::pair("title", &request.title),
        std::pair("requested_by", &request.requested_by)}) {
    if (text->empty()) return fail(ErrorCode::InvalidInput, "an approval request needs a {}", name);
    if (text->size() > text_bytes_max) return fail(ErrorCode::TooLarge, "the {} is over 4 KiB", name);
    if (first_invalid_utf8(*text)) return fail(ErrorCode::InvalidInput, "the {} is not UTF-8", name);
  }
  if (request.due && *request.due <= now) return fail(ErrorCode::InvalidInput, "the due date lies in the past");
  if (render_canonical_json(request.plan).size() > plan_bytes_max) {
    return fail(ErrorCode::TooLarge, "the plan is over 256 KiB");
  }
  return {};
}

bool is_overdue(const Request& request, Timestamp now) {
  return request.is_open() && request.due && *request.due <= now;
}

Request request_of(NewRequest asked, Timestamp now) {
  Request request;
  request.id = Id::generate();
  request.kind = std::move(asked.kind);
  request.object = std::move(asked.object);
  request.title = std::move(asked.title);
  request.plan = std::move(asked.plan);
  request.requested_by = std::move(asked.requested_by);
  request.eyes = asked.eyes;
  request.assignee = std::move(asked.assignee);
  request.due = asked.due;
  request.created_at = now;
  return request;
}

class StoredInbox final : public Inbox {
 public:
  StoredInbox(store::Database& database, store::Writer& writer, audit::Audit& audit, const Clock& clock)
      : database_(database), writer_(writer), audit_(audit), clock_(clock) {}

  void on_decision(std::string kind, Effect effect) override {
    const std::lock_guard lock(effects_mutex_);
    effects_.insert_or_assign(std::move(kind), std::move(effect));
  }

  [[nodiscard]] Result<Id> open(NewRequest asked) override {
    const Timestamp now = clock_.now();
    auto valid = check_request(asked, now);
    if (!valid) return pass(valid);
    const Request request = request_of(std::move(asked), now);
    if (!request.assignee.empty()) {
      auto assignable = check_assignee(request.assignee, request);
      if (!assignable) return pass(assignable);
    }
    auto done = writer_.run([this, &request, now](store::Session& session) -> Result<void> {
      auto before = find_newest(session, request.kind, request.object);
      if (!before) return pass(before);
      if (*before && is_overdue(**before, now)) {
        auto expired = expire(session, **before, now);
        if (!expired) return expired;
      } else if (*before && (*before)->is_open()) {
        return fail(ErrorCode::Conflict, "request {} already asks this about {}", (*before)->id.text(), request.object);
      }
      auto inserted = insert_request(session, request);
      if (!inserted) return inserted;
      return note(session, request, request.requested_by, "approval.open");
    });
    if (!done) return pass(done);
    return request.id;
  }

  [[nodiscard]] Result<Request> decide(Id id, Verdict verdict, const Actor& actor, std::string_view reason) override {
    if (reason.size() > text_bytes_max) return fail(ErrorCode::TooLarge, "the reason is over 4 KiB");
    if (verdict == Verdict::Reject && trimmed(reason).empty()) {
      return fail(ErrorCode::InvalidInput, "a rejection needs a reason");
    }
    const std::string given = to_valid_utf8(trimmed(reason));
    return change(id, actor, [&](store::Session& session, Request& request, Timestamp now) -> Result<void> {
      auto may = check_may_decide(request, actor);
      if (!may) return may;
      request.state = verdict == Verdict::Approve ? State::Approved : State::Rejected;
      return close(session, request, actor.name, given, now,
                   verdict == Verdict::Approve ? "approval.approve" : "approval.reject");
    });
  }

  [[nodiscard]] Result<Request> delegate(Id id, std::string_view assignee, const Actor& actor) override {
    const std::string target(assignee);
    return change(id, actor, [&](store::Session& session, Request& request, Timestamp) -> Result<void> {
      auto may = check_may_decide(request, actor);
      if (!may) return may;
      auto assignable = check_assignee(target, request);
      if (!assignable) return assignable;
      request.assignee = target;
      request.delegated_by = actor.name;
      auto assigned = assign_request(session, request);
      if (!assigned) return assigned;
      return note(session, request, actor.name, "approval.delegate");
    });
  }

  [[nodiscard]] Result<Request> withdraw(Id id, const Actor& actor) override {
    return change(id, actor, [&](store::Session& session, Request& request, Timestamp now) -> Result<void> {
      if (!is_same_person(request.requested_by, actor.name)) {
        auto refused = fail(ErrorCode::Forbidden, "{} did not ask for this", actor.name);
        refused.error().rule = "approval.requester";
        refused.error().fix = fmt::format("{} can withdraw it.", request.requested_by);
        return refused;
      }
      request.state = State::Withdrawn;
      return close(session, request, actor.name, "", now, "approval.withdraw");
    });
  }

  [[nodiscard]] Result<Request> load(Id id) override {
    auto settled = expire_overdue();
    if (!settled) return pass(settled);
    Result<Request> request;
    auto read = database_.read([&](store::Session& session) -> Result<void> {
      request = load_request(session, id);
      return {};
    });
    if (!read) return pass(read);
    return request;
  }

  [[nodiscard]] Result<std::optional<Request>> find(std::string_view kind, std::string_view object) override {
    auto settled = expire_overdue();
    if (!settled) return pass(settled);
    Result<std::optional<Request>> request;
    auto read = database_.read([&](store::Session& session) -> Result<void> {
      request = find_newest(session, kind, object);
      return {};
    });
    if (!read) return pass(read);
    return request;
  }

  [[nodiscard]] Result<Page> list(const Filter& filter, std::string_view cursor, std::size_t limit) override {
    auto settled = expire_overdue();
    if (!settled) return pass(settled);
    return list_requests(database_, filter, cursor, limit);
  }

  [[nodiscard]] Result<std::int64_t> open_count() override {
    auto settled = expire_overdue();
    if (!settled) return settled;
    return count_open(database_);
  }

  [[nodiscard]] Result<std::int64_t> expire_overdue() override {
    const Timestamp now = clock_.now();
    std::vector<Id> overdue;
    auto read = database_.read([&](store::Session& session) -> Result<void> {
      auto ids = list_overdue(session, now);
      if (!ids) return pass(ids);
      overdue = std::move(*ids);
      return {};
    });
    if (!read) return pass(read);
    std::int64_t count = 0;
    for (const Id id : overdue) {
      auto done = writer_.run([this, id, now](store::Session& session) -> Result<void> {
        auto request = load_request(session, id);
        if (!request) return pass(request);
        return is_overdue(*request, now) ? expire(session, *request, now) : Result<void>();
      });
      // One whose effect fails stays open and is tried again; it must not keep the others waiting.
      if (done) ++count;
      else spdlog::warn("approval request {} could not expire: {}", id.text(), describe(done.error()));
    }
    return count;
  }

 private:
  using Step = std::function<Result<void>(store::Session&, Request&, Timestamp)>;

  /// Loads an open request and lets `step` change it. A refusal is committed as an audit entry of its own.
  [[nodiscard]] Result<Request> change(Id id, const Actor& actor, const Step& step) {
    const Timestamp now = clock_.now();
    Result<Request> outcome;
    auto done = writer_.run([&](store::Session& session) -> Result<void> {
      outcome = load_request(session, id);
      if (!outcome) return {};
      if (is_overdue(*outcome, now)) {
        auto expired = expire(session, *outcome, now);
        if (!expired) return expired;
      }
      if (!outcome->is_open()) {
        outcome = fail(ErrorCode::Conflict, "request {} was {} already by {}", id.text(), state_name(outcome->state),
                       outcome->decided_by);
        return {};
      }
      const Request before = *outcome;
      auto changed = step(session, *outcome, now);
      if (changed || changed.error().code != ErrorCode::Forbidden) return changed;
      outcome = pass(changed);
      return note(session, before, actor.name, "approval.refuse", outcome.error().message);
    });
    if (!done) return pass(done);
    return outcome;
  }

  [[nodiscard]] Result<void> expire(store::Session& session, Request& request, Timestamp now) {
    request.state = State::Rejected;
    return close(session, request, "clock", fmt::format("Nobody decided before {}.", render_time(*request.due)), now,
                 "approval.expire");
  }

  [[nodiscard]] Result<void> close(store::Session& session, Request& request, std::string_view by, std::string reason,
                                   Timestamp now, std::string_view action) {
    request.decided_by = by;
    request.reason = std::move(reason);
    request.decided_at = now;
    auto closed = close_request(session, request);
    if (!closed) return closed;
    auto effect = run_effect(session, request);
    if (!effect) return effect;
    return note(session, request, by, action, request.reason);
  }

  [[nodiscard]] Result<void> run_effect(store::Session& session, const Request& request) {
    Effect effect;
    {
      const std::shared_lock lock(effects_mutex_);
      const auto found = effects_.find(request.kind);
      if (found == effects_.end()) return {};
      effect = found->second;
    }
    auto done = effect(session, request);
    if (done || done.error().code != ErrorCode::Forbidden) return done;
    // Forbidden is this feature's own word for "you may not decide".
    done.error().code = ErrorCode::PolicyRefused;
    return done;
  }

  [[nodiscard]] Result<void> note(store::Session& session, const Request& request, std::string_view actor,
                                  std::string_view action, std::string_view reason = {}) {
    json::object detail{{"kind", request.kind}, {"object", request.object}, {"title", request.title}};
    if (!request.assignee.empty()) detail["assignee"] = request.assignee;
    if (!reason.empty()) detail["reason"] = reason;
    return audit_.append(session, {.time = clock_.now(), .actor = std::string(actor), .action = std::string(action),
                                   .object = "approval/" + request.id.text(), .detail = std::move(detail)});
  }

  store::Database& database_;
  store::Writer& writer_;
  audit::Audit& audit_;
  const Clock& clock_;
  std::shared_mutex effects_mutex_;
  std::map<std::string, Effect, std::less<>> effects_;
};

}  // namespace

Result<std::unique_ptr<Inbox>> Inbox::open(store::Database& database, store::Writer& writer, audit::Audit& audit,
                                           const Clock& clock) {
  return std::make_unique<StoredInbox>(database, writer, audit, clock);
}

std::span<const store::Migration> migrations() { return sql::migrations; }

}  // namespace millwright::approval
