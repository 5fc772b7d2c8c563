// One inbox for everything that needs a person: what is asked, who may decide, by when, and what was decided.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/id.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "features/audit/audit.hpp"
#include "features/identity/identity.hpp"
#include "store/database.hpp"
#include "store/writer.hpp"

namespace millwright::approval {

enum class State : std::uint8_t { Open, Approved, Rejected, Withdrawn };
[[nodiscard]] std::string_view state_name(State state);   // "open", "approved", "rejected", "withdrawn"
[[nodiscard]] std::optional<State> find_state(std::string_view name);

enum class Verdict : std::uint8_t { Approve, Reject };

/// With Four, the one who asked cannot decide.
enum class Eyes : std::uint8_t { Two, Four };

/// Who acts. Deciding takes the role Approver or higher.
struct Actor {
  std::string name;                      // "user/ada", "cli"
  identity::Role role = identity::Role::Viewer;
  std::vector<std::string> groups;
};

struct NewRequest {
  std::string kind;                      // "dataset.approve", "release.promote", "policy.exception"
  std::string object;                    // "dataset/it-kb@3"
  std::string title;                     // one sentence a person can decide on
  json::object plan;                     // what would change: shown beside the question, at most 256 KiB
  std::string requested_by;              // actor name
  Eyes eyes = Eyes::Four;
  std::string assignee;                  // "user/ada" or "group/risk"; empty: any approver
  std::optional<Timestamp> due;          // undecided by then, it counts as rejected
};

struct Request {
  Id id;
  std::string kind, object, title;
  json::object plan;
  std::string requested_by;
  Eyes eyes = Eyes::Four;
  std::string assignee;
  std::string delegated_by;              // who passed it on last; empty: nobody
  std::optional<Timestamp> due;
  State state = State::Open;
  std::string decided_by;                // "clock" when it expired
  std::string reason;
  Timestamp created_at{};
  std::optional<Timestamp> decided_at;

  [[nodiscard]] bool is_open() const { return state == State::Open; }
};

/// Empty members do not filter.
struct Filter {
  std::optional<State> state;
  std::string kind;
  std::string object;
  std::string assignee;                  // also finds what is assigned to nobody
  std::string requested_by;
};

struct Page {
  std::vector<Request> requests;         // newest first
  std::string next;                      // cursor; empty at the end
};

/// What a kind does when it is decided: runs inside the transaction of the decision, so that both happen or neither.
/// An error keeps the request open. Like every writer job it may run twice.
using Effect = std::function<Result<void>(store::Session& session, const Request& decided)>;

/// Thread-safe; blocking: call on a worker thread.
class Inbox {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Inbox>> open(store::Database& database, store::Writer& writer,
                                                           audit::Audit& audit, const Clock& clock);
  virtual ~Inbox() = default;

  /// At start, before requests are decided; one effect a kind.
  virtual void on_decision(std::string kind, Effect effect) = 0;

  /// Conflict when the same question about the same object is open already.
  [[nodiscard]] virtual Result<Id> open(NewRequest request) = 0;
  /// Forbidden when this person may not, saying who can; Conflict when it was decided before. Rejecting needs a reason.
  [[nodiscard]] virtual Result<Request> decide(Id id, Verdict verdict, const Actor& actor, std::string_view reason) = 0;
  /// Hands the question to another person or group: by whoever may decide it now. Never to the one who asked, with
  /// four eyes.
  [[nodiscard]] virtual Result<Request> delegate(Id id, std::string_view assignee, const Actor& actor) = 0;
  /// By the one who asked.
  [[nodiscard]] virtual Result<Request> withdraw(Id id, const Actor& actor) = 0;

  [[nodiscard]] virtual Result<Request> load(Id id) = 0;
  /// The newest request of a kind about an object, whatever its state.
  [[nodiscard]] virtual Result<std::optional<Request>> find(std::string_view kind, std::string_view object) = 0;
  /// `limit` 1 to 1,000.
  [[nodiscard]] virtual Result<Page> list(const Filter& filter, std::string_view cursor, std::size_t limit) = 0;
  [[nodiscard]] virtual Result<std::int64_t> open_count() = 0;
  /// Rejects what is overdue, with its effects; the number of them. Called every minute by the host.
  [[nodiscard]] virtual Result<std::int64_t> expire_overdue() = 0;
};

/// Whether `actor` may decide `request` now; else Forbidden, whose message and fix say who can.
[[nodiscard]] Result<void> check_may_decide(const Request& request, const Actor& actor);
[[nodiscard]] json::object to_json(const Request& request);

/// The tables of this feature.
[[nodiscard]] std::span<const store::Migration> migrations();

}  // namespace millwright::approval
