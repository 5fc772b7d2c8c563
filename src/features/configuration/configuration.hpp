// The one truth about how the factory is set up: files and console objects merged into an immutable snapshot, changed
// only by a plan that was shown, applied, recorded, and can be rolled back.
//
// Life of a change: plan_* (what would change, against which state) → apply (refuses a stale plan; builds everything
// anew; swaps; records a revision; audits) → on failure nothing has changed. A reload (SIGHUP) is plan_files + apply.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/node.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "store/database.hpp"
#include "store/writer.hpp"

namespace millwright::audit {
class Audit;
}

namespace millwright::configuration {

/// Who may change an object. Never both.
enum class Owner : std::uint8_t { File, Console };
[[nodiscard]] std::string_view owner_name(Owner owner);   // "file", "console"

/// One object: an item of a list section ("use_cases/helpdesk"), or a whole settings section ("server").
struct Object {
  std::string id;          // "kind/name", or "kind" for a settings section
  std::string kind;        // the section
  std::string name;        // empty for a settings section
  Owner owner = Owner::File;
  Where where;             // file, line, column; source "console" for those of the console
  std::string yaml;        // canonical, of the object alone
};

/// A complete, valid configuration. Immutable; features keep the shared_ptr as long as they read from it.
struct Loaded {
  config::Node tree;                   // validated, defaults filled in
  std::vector<Object> objects;         // sorted by id
  Digest digest;                       // of all objects and their owners: the version of the state
  std::map<std::string, std::string> files;   // name relative to the directory → text, as read
  std::int64_t revision = 0;           // 0 until recorded
  Timestamp loaded_at;
};

/// A value that must be the name of an object of `section`: {"use_cases[].route", "routes"}. Absent values are fine.
/// `also` are names that exist without being configured ("builtin").
struct Reference {
  std::string path;
  std::string section;
  std::vector<std::string> also;
};
/// A further check of a valid tree: adds what is wrong to `faults` (with `node.error(...)`).
using Check = std::function<void(const config::Node& tree, config::Faults& faults)>;
/// What a change to an object touches: {"API keys", 12}, {"releases", 1}.
struct Touched {
  std::string what;
  std::int64_t count = 0;
};
using BlastRadius = std::function<std::vector<Touched>(std::string_view kind, std::string_view name)>;

/// What may stand in a configuration; the composition root gathers it from the features.
struct Vocabulary {
  std::vector<config::Section> sections;
  std::vector<Reference> references;
  std::vector<Check> checks;
};

/// Reads `file` and `conf.d/*.yaml` beside it, merges and checks; needs no database (so no console objects).
[[nodiscard]] std::expected<Loaded, config::Faults> load_files(const std::filesystem::path& file,
                                                               const Vocabulary& vocabulary);
/// Checks texts as if they were files: name → text. The main file's name comes first in messages.
[[nodiscard]] std::expected<Loaded, config::Faults> load_texts(std::map<std::string, std::string> files,
                                                               const Vocabulary& vocabulary);
/// Canonical YAML of a configuration without the values that are defaults anyway; same state, same bytes. With `owner`
/// only what belongs to it.
[[nodiscard]] std::string render_export(const Loaded& loaded, const std::vector<config::Section>& sections,
                                        std::optional<Owner> owner = {});

/// Where one effective value came from.
struct Origin {
  std::string path;        // "use_cases[0].budget.limit"
  std::string value;       // secrets show their reference only
  std::string from;        // "millwright.yaml:12:9", "default", "console"
};
[[nodiscard]] std::vector<Origin> origins(const Loaded& loaded);

enum class Action : std::uint8_t { Add, Change, Destroy };
[[nodiscard]] std::string_view action_name(Action action);   // "add", "change", "destroy"

struct FieldChange {
  std::string field;       // below the object: "budget.limit"
  std::string before;      // empty: not set
  std::string after;
};
struct ObjectChange {
  Action action = Action::Change;
  std::string id, kind, name;
  Owner owner = Owner::File;
  std::vector<FieldChange> fields;
  bool needs_restart = false;          // takes effect at the next start only
  std::vector<Touched> touched;        // blast radius
};

/// What is wanted: how the desired state differs from what is in force by its sources.
struct Edit {
  std::map<std::string, std::string> files;          // name → new text; written to the directory by apply
  std::vector<std::string> removed_files;
  std::map<std::string, std::string> objects;        // "kind/name" → YAML of a console object, added or replaced
  std::vector<std::string> removed_objects;          // "kind/name" of console objects
};

/// Bound to the state it was made against. Apply does exactly this or nothing.
struct Plan {
  Digest base;                         // Loaded::digest it was made against
  Digest desired;                      // digest of the state it leads to
  Edit edit;
  std::vector<ObjectChange> changes;   // adds, changes, destroys; each group sorted by id
  [[nodiscard]] bool is_empty() const { return changes.empty(); }
  [[nodiscard]] bool needs_restart() const;
};
[[nodiscard]] json::object to_json(const Plan& plan);
/// Of a saved plan file.
[[nodiscard]] Result<Plan> parse_plan(std::string_view json_text);
/// For terminals: "+ use_cases/onboarding", "~ routes/default  timeout: 60s → 30s", "- …", then the blast radius.
[[nodiscard]] std::string render_plan(const Plan& plan);

struct Revision {
  std::int64_t number = 0;
  Timestamp time;
  std::string author, reason;
  std::string action;                  // "start", "reload", "apply", "rollback", "adopt", "release"
  Digest digest;
  std::string summary;                 // "+1 ~2 -0: use_cases/onboarding, routes/default"
};

/// Turns a candidate into the state of one feature and gives back the step that puts it in force. Building may fail
/// (the change is refused); the step must not. Runs on the thread that applies.
using Install = std::function<void()>;
using Builder = std::function<Result<Install>(const Loaded& candidate)>;

struct Options {
  std::filesystem::path file;          // millwright.yaml; conf.d stands beside it
  Vocabulary vocabulary;
  std::vector<BlastRadius> blast_radius;
};

/// Thread-safe. Changes are made one at a time; `current` never waits.
class Configuration {
 public:
  /// Loads the files and the console objects; records a revision when they differ from the last one recorded.
  /// Faults are joined into one error whose message lists all, one a line.
  [[nodiscard]] static Result<std::unique_ptr<Configuration>> open(Options options, store::Database& database,
                                                                   store::Writer& writer, audit::Audit& audit,
                                                                   const Clock& clock);
  virtual ~Configuration() = default;

  [[nodiscard]] virtual std::shared_ptr<const Loaded> current() const = 0;
  /// Adds a builder and runs it once on the current state: register every feature at start, in order of rank.
  [[nodiscard]] virtual Result<void> add_builder(std::string name, Builder builder) = 0;

  /// All faults of the files (or of `text` in the place of the file of that name), nothing when valid.
  [[nodiscard]] virtual config::Faults validate_file(const std::string& name, std::string_view text) = 0;
  /// The files as they stand on disk now.
  [[nodiscard]] virtual Result<Plan> plan_files() = 0;
  /// `text` in the place of the file `name`: the main file when the names are equal, else conf.d/name.
  [[nodiscard]] virtual Result<Plan> plan_file(const std::string& name, std::string_view text) = 0;
  /// Objects in the shape of a configuration file become the console's; `removed` are "kind/name".
  [[nodiscard]] virtual Result<Plan> plan_console(std::string_view yaml, std::vector<std::string> removed) = 0;
  /// The console takes over the object "kind/name" of a file, which is then without it; comments stay in the file.
  /// NotFound; Conflict when the console owns it, or when it cannot be moved unchanged.
  [[nodiscard]] virtual Result<Plan> plan_adoption(std::string_view object) = 0;
  /// The console gives an object to `file`, as in plan_file; there it is the last of its section.
  [[nodiscard]] virtual Result<Plan> plan_release(std::string_view object, const std::string& file) = 0;
  /// The state of an earlier revision.
  [[nodiscard]] virtual Result<Plan> plan_rollback(std::int64_t revision) = 0;

  /// Conflict when the state or the files changed since the plan was made. Returns the new revision.
  [[nodiscard]] virtual Result<Revision> apply(const Plan& plan, std::string_view author, std::string_view reason) = 0;
  /// plan_files and apply; the builders run even when nothing changed, and the revision then stays.
  [[nodiscard]] virtual Result<Revision> reload(std::string_view author, std::string_view reason) = 0;
  [[nodiscard]] virtual Result<Revision> rollback(std::int64_t revision, std::string_view author,
                                                  std::string_view reason) = 0;

  /// plan_adoption and apply, plan_release and apply; recorded and audited as such.
  [[nodiscard]] virtual Result<Revision> adopt(std::string_view object, std::string_view author,
                                               std::string_view reason) = 0;
  [[nodiscard]] virtual Result<Revision> release(std::string_view object, const std::string& file,
                                                 std::string_view author, std::string_view reason) = 0;

  /// Newest first; `before` 0 starts at the newest.
  [[nodiscard]] virtual Result<std::vector<Revision>> history(std::int64_t before, std::size_t limit) = 0;
  /// Settings changed since the start that wait for a restart: "server.listen".
  [[nodiscard]] virtual std::vector<std::string> pending_restart() const = 0;
  [[nodiscard]] virtual const Vocabulary& vocabulary() const = 0;
};

/// One error of many faults: InvalidConfig, a line each, the first one's place.
[[nodiscard]] Error join_faults(const config::Faults& faults);

/// The tables of this feature.
[[nodiscard]] std::span<const store::Migration> migrations();

}  // namespace millwright::configuration
