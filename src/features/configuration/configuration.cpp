#include "features/configuration/configuration.hpp"

#include <atomic>
#include <mutex>

#include "base/text.hpp"
#include "features/configuration/build.hpp"
#include "features/configuration/configuration_sql.hpp"
#include "features/configuration/console_edit.hpp"
#include "features/configuration/diff.hpp"
#include "features/configuration/ownership.hpp"
#include "features/configuration/record.hpp"
#include "features/configuration/revision_store.hpp"
#include "features/configuration/sources.hpp"

namespace millwright::configuration {
namespace {

using LoadedPointer = std::shared_ptr<const Loaded>;

std::unexpected<Error> refuse_stale(std::string message) {
  auto error = fail(ErrorCode::Conflict, "{}", message);
  error.error().rule = "configuration.stale_plan";
  error.error().fix = "Make a new plan, look at it, and apply that one.";
  return error;
}

class LiveConfiguration final : public Configuration {
 public:
  LiveConfiguration(Options options, store::Database& database, store::Writer& writer, audit::Audit& audit,
                    const Clock& clock)
      : options_(std::move(options)), database_(database), writer_(writer), audit_(audit), clock_(clock) {}

  Result<void> start() {
    auto read = database_.read([this](store::Session& session) { return read_console(session); });
    if (!read) return pass(read);
    auto candidate = build_candidate({});
    if (!candidate) return pass(candidate);
    auto last = load_last_revision();
    if (!last) return pass(last);
    if (*last && (*last)->digest == candidate->loaded.digest) {
      candidate->loaded.revision = (*last)->number;
    } else {
      Revision revision = make_revision(candidate->loaded, "file", "found at start", "start");
      revision.summary = fmt::format("{} objects", candidate->loaded.objects.size());
      auto recorded = record(revision, *candidate, {});
      if (!recorded) return pass(recorded);
      candidate->loaded.revision = revision.number;
    }
    started_ = std::make_shared<const Loaded>(std::move(candidate->loaded));
    current_.store(started_);
    return {};
  }

  std::shared_ptr<const Loaded> current() const override { return current_.load(); }
  const Vocabulary& vocabulary() const override { return options_.vocabulary; }

  Result<void> add_builder(std::string name, Builder builder) override {
    const std::scoped_lock lock(mutex_);
    auto install = builder(*current_.load());
    if (!install) return pass(install);
    (*install)();
    builders_.push_back({std::move(name), std::move(builder)});
    return {};
  }

  config::Faults validate_file(const std::string& name, std::string_view text) override {
    auto key = source_key(options_.file, name);
    if (!key) return {std::move(key.error())};
    Edit edit;
    edit.files[*key] = std::string(text);
    const std::scoped_lock lock(mutex_);
    auto candidate = try_candidate(edit);
    return candidate ? config::Faults() : std::move(candidate.error());
  }

  Result<Plan> plan_files() override {
    const std::scoped_lock lock(mutex_);
    return make_plan({});
  }
  Result<Plan> plan_file(const std::string& name, std::string_view text) override {
    auto key = source_key(options_.file, name);
    if (!key) return pass(key);
    Edit edit;
    edit.files[*key] = std::string(text);
    const std::scoped_lock lock(mutex_);
    return make_plan(std::move(edit));
  }
  Result<Plan> plan_console(std::string_view yaml, std::vector<std::string> removed) override {
    const std::scoped_lock lock(mutex_);
    auto edit = make_console_edit(yaml, std::move(removed), *current_.load(), options_.vocabulary.sections);
    if (!edit) return pass(edit);
    return make_plan(std::move(*edit));
  }
  Result<Plan> plan_adoption(std::string_view object) override {
    const std::scoped_lock lock(mutex_);
    return make_move(object, nullptr);
  }
  Result<Plan> plan_release(std::string_view object, const std::string& file) override {
    const std::scoped_lock lock(mutex_);
    return make_move(object, &file);
  }
  Result<Plan> plan_rollback(std::int64_t revision) override {
    const std::scoped_lock lock(mutex_);
    return make_rollback(revision);
  }

  Result<Revision> apply(const Plan& plan, std::string_view author, std::string_view reason) override {
    const std::scoped_lock lock(mutex_);
    return apply_plan(plan, author, reason, "apply");
  }
  Result<Revision> reload(std::string_view author, std::string_view reason) override {
    const std::scoped_lock lock(mutex_);
    auto plan = make_plan({});
    if (!plan) return pass(plan);
    return apply_plan(*plan, author, reason, "reload");
  }
  Result<Revision> rollback(std::int64_t revision, std::string_view author, std::string_view reason) override {
    const std::scoped_lock lock(mutex_);
    auto plan = make_rollback(revision);
    if (!plan) return pass(plan);
    return apply_plan(*plan, author, reason, "rollback");
  }

  Result<Revision> adopt(std::string_view object, std::string_view author, std::string_view reason) override {
    const std::scoped_lock lock(mutex_);
    auto plan = make_move(object, nullptr);
    if (!plan) return pass(plan);
    return apply_plan(*plan, author, reason, "adopt");
  }
  Result<Revision> release(std::string_view object, const std::string& file, std::string_view author,
                           std::string_view reason) override {
    const std::scoped_lock lock(mutex_);
    auto plan = make_move(object, &file);
    if (!plan) return pass(plan);
    return apply_plan(*plan, author, reason, "release");
  }

  Result<std::vector<Revision>> history(std::int64_t before, std::size_t limit) override {
    std::vector<Revision> revisions;
    auto read = database_.read([&](store::Session& session) -> Result<void> {
      auto rows = list_revisions(session, before, std::min<std::size_t>(limit, 500));
      if (!rows) return pass(rows);
      revisions = std::move(*rows);
      return {};
    });
    if (!read) return pass(read);
    return revisions;
  }

  std::vector<std::string> pending_restart() const override {
    std::vector<std::string> fields;
    for (const auto& change : diff(*started_, *current_.load(), options_.vocabulary.sections)) {
      if (!change.needs_restart) continue;
      for (const auto& field : change.fields) fields.push_back(change.id + "." + field.field);
    }
    return fields;
  }

 private:
  struct Candidate {
    Loaded loaded;
    std::map<std::string, std::string> console;
  };
  struct NamedBuilder {
    std::string name;
    Builder builder;
  };

  Result<void> read_console(store::Session& session) {
    auto objects = load_console_objects(session);
    if (!objects) return pass(objects);
    console_ = std::move(*objects);
    return {};
  }

  Result<std::optional<Revision>> load_last_revision() {
    std::optional<Revision> last;
    auto read = database_.read([&](store::Session& session) -> Result<void> {
      auto found = find_last_revision(session);
      if (!found) return pass(found);
      last = std::move(*found);
      return {};
    });
    if (!read) return pass(read);
    return last;
  }

  /// The files as they are on disk now and the console's objects, both with `edit` on top.
  std::expected<Candidate, config::Faults> try_candidate(const Edit& edit) {
    auto texts = read_sources(options_.file);
    if (!texts) return std::unexpected(std::move(texts.error()));
    for (const auto& [name, text] : edit.files) (*texts)[name] = text;
    for (const auto& name : edit.removed_files) texts->erase(name);
    Candidate candidate;
    candidate.console = console_;
    for (const auto& [id, yaml] : edit.objects) candidate.console[id] = yaml;
    for (const auto& id : edit.removed_objects) candidate.console.erase(id);
    auto loaded = build(std::move(*texts), candidate.console, options_.vocabulary, clock_);
    if (!loaded) return std::unexpected(std::move(loaded.error()));
    candidate.loaded = std::move(*loaded);
    return candidate;
  }
  Result<Candidate> build_candidate(const Edit& edit) {
    auto candidate = try_candidate(edit);
    if (!candidate) return std::unexpected(join_faults(candidate.error()));
    return std::move(*candidate);
  }

  Result<Plan> make_plan(Edit edit) {
    auto candidate = build_candidate(edit);
    if (!candidate) return pass(candidate);
    const auto before = current_.load();
    Plan plan;
    plan.base = before->digest;
    plan.desired = candidate->loaded.digest;
    plan.edit = std::move(edit);
    plan.changes = diff(*before, candidate->loaded, options_.vocabulary.sections);
    for (auto& change : plan.changes) {
      for (const auto& radius : options_.blast_radius) {
        for (auto& touched : radius(change.kind, change.name)) {
          if (touched.count > 0) change.touched.push_back(std::move(touched));
        }
      }
    }
    return plan;
  }

  /// To the console, or to `file` when it is given.
  Result<Plan> make_move(std::string_view object, const std::string* file) {
    auto texts = read_sources(options_.file);
    if (!texts) return std::unexpected(join_faults(texts.error()));
    const auto loaded = current_.load();
    Result<Edit> edit;
    if (file == nullptr) {
      edit = make_adoption(object, *loaded, *texts, options_.vocabulary.sections);
    } else {
      auto key = source_key(options_.file, *file);
      if (!key) return pass(key);
      edit = make_release(object, *key, *loaded, *texts, console_);
    }
    if (!edit) return pass(edit);
    auto plan = make_plan(std::move(*edit));
    if (!plan) return plan;
    auto moved = check_is_move(*plan, object);
    if (!moved) return pass(moved);
    return plan;
  }

  Result<Plan> make_rollback(std::int64_t revision) {
    Parts parts;
    auto read = database_.read([&](store::Session& session) -> Result<void> {
      auto found = load_parts(session, revision);
      if (!found) return pass(found);
      parts = std::move(*found);
      return {};
    });
    if (!read) return pass(read);
    auto texts = read_sources(options_.file);
    if (!texts) return std::unexpected(join_faults(texts.error()));
    return make_plan(edit_between({*texts, console_}, parts));
  }

  Result<Revision> apply_plan(const Plan& plan, std::string_view author, std::string_view reason, std::string_view action) {
    const auto before = current_.load();
    if (plan.base != before->digest) return refuse_stale("the configuration has changed since the plan was made");
    auto checked = check_edit(plan.edit, options_.file);
    if (!checked) return pass(checked);
    auto candidate = build_candidate(plan.edit);
    if (!candidate) return pass(candidate);
    if (plan.desired != candidate->loaded.digest) return refuse_stale("the files have changed since the plan was made");

    const bool is_same = candidate->loaded.digest == before->digest;
    // Also when it is the same: features read further files (prompts, suites) that may have changed.
    auto installs = build_features(candidate->loaded);
    if (!installs) return pass(installs);
    SourceChange sources(options_.file.parent_path(), plan.edit.files, plan.edit.removed_files);
    Revision revision = make_revision(candidate->loaded, author, reason, action);
    revision.summary = summarize(plan);
    // Who gains an object is written first: a process killed in between leaves two owners, which the next start refuses
    // and names, and never none.
    const bool is_console_first = !is_same && !plan.edit.objects.empty();
    const auto write_rows = [&]() {
      return is_same ? keep_revision(*before, revision) : record(revision, *candidate, plan.edit);
    };
    auto done = is_console_first ? write_rows() : sources.write();
    if (!done) return pass(done);
    done = is_console_first ? sources.write() : write_rows();
    if (!done && is_console_first) undo_record(*before, plan.edit, revision);
    if (!done && !is_console_first) sources.undo();
    if (!done) return pass(done);
    candidate->loaded.revision = revision.number;
    console_ = std::move(candidate->console);
    current_.store(std::make_shared<const Loaded>(std::move(candidate->loaded)));
    for (const auto& install : *installs) install();
    return revision;
  }

  /// The console's objects as they were, and a revision that says so.
  void undo_record(const Loaded& before, const Edit& edit, const Revision& refused) {
    auto changed = console_;
    for (const auto& [id, yaml] : edit.objects) changed[id] = yaml;
    for (const auto& id : edit.removed_objects) changed.erase(id);
    const Edit back = edit_between({{}, std::move(changed)}, {{}, console_});
    Revision revision = make_revision(before, refused.author, refused.reason, "rollback");
    revision.summary = fmt::format("revision {} undone: its files could not be written", refused.number);
    Loaded loaded = before;
    const Candidate candidate{loaded, console_};
    // Where this fails too, the object has two owners: the next start names both places.
    if (!record(revision, candidate, back)) return;
    loaded.revision = revision.number;
    current_.store(std::make_shared<const Loaded>(std::move(loaded)));
  }

  /// Nothing but comments or order changed: no new revision.
  Result<void> keep_revision(const Loaded& before, Revision& revision) {
    auto last = load_last_revision();
    if (!last) return pass(last);
    if (*last && (*last)->number == before.revision) revision = **last;
    revision.number = before.revision;
    return {};
  }

  Result<std::vector<Install>> build_features(const Loaded& candidate) {
    std::vector<Install> installs;
    for (const auto& [name, builder] : builders_) {
      auto install = builder(candidate);
      if (!install) return pass(install);
      installs.push_back(std::move(*install));
    }
    return installs;
  }

  Revision make_revision(const Loaded& loaded, std::string_view author, std::string_view reason, std::string_view action) {
    Revision revision;
    revision.time = clock_.now();
    revision.author = std::string(author);
    revision.reason = std::string(utf8_prefix(reason, 2'000));
    revision.action = std::string(action);
    revision.digest = loaded.digest;
    return revision;
  }

  /// Revision, objects and audit entry: one transaction.
  Result<void> record(Revision& revision, const Candidate& candidate, const Edit& edit) {
    return writer_.run([&](store::Session& session) -> Result<void> {
      for (const auto& [id, yaml] : edit.objects) {
        auto put = put_console_object(session, id, yaml, revision.time, revision.author);
        if (!put) return pass(put);
      }
      for (const auto& id : edit.removed_objects) {
        auto removed = remove_console_object(session, id);
        if (!removed) return pass(removed);
      }
      auto inserted = insert_revision(session, revision, {candidate.loaded.files, candidate.console});
      if (!inserted) return pass(inserted);
      return append_to_audit(audit_, session, revision);
    });
  }

  const Options options_;
  store::Database& database_;
  store::Writer& writer_;
  audit::Audit& audit_;
  const Clock& clock_;
  std::atomic<LoadedPointer> current_;
  LoadedPointer started_;
  std::mutex mutex_;   // one change at a time; guards what follows
  std::map<std::string, std::string> console_;
  std::vector<NamedBuilder> builders_;
};

}  // namespace

Result<std::unique_ptr<Configuration>> Configuration::open(Options options, store::Database& database,
                                                           store::Writer& writer, audit::Audit& audit, const Clock& clock) {
  auto configuration = std::make_unique<LiveConfiguration>(std::move(options), database, writer, audit, clock);
  auto started = configuration->start();
  if (!started) return pass(started);
  return configuration;
}

std::span<const store::Migration> migrations() { return sql::migrations; }

}  // namespace millwright::configuration
