#include "features/configuration/configuration.hpp"

#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "features/audit/audit.hpp"
#include "features/configuration/config.hpp"
#include "features/configuration/configuration_sql.hpp"
#include "tests/support/database.hpp"
#include "tests/support/temp_directory.hpp"

namespace millwright::configuration {
namespace {

using config::Kind;
using config::option;

constexpr std::string_view main_text =
    "server: {listen: \"127.0.0.1:0\"}\n"
    "routes:\n"
    "  - {name: default, timeout: 60s}\n"
    "use_cases:\n"
    "  - {name: helpdesk, route: default}\n";

Vocabulary vocabulary() {
  Vocabulary words;
  words.sections = sections();
  words.sections.push_back({"routes", config::list_of("Routes.", config::object("A route.", {
      {"name", option(Kind::Name, "Name.").required()},
      {"timeout", option(Kind::Duration, "Timeout.").fallback("30s")}}))});
  words.sections.push_back({"use_cases", config::list_of("Use cases.", config::object("A use case.", {
      {"name", option(Kind::Name, "Name.").required()},
      {"route", option(Kind::Name, "Route.").required()},
      {"limit", option(Kind::Money, "Limit.")}}))});
  words.references = {{"use_cases[].route", "routes", {"builtin"}}};
  return words;
}

class ConfigurationTest : public testing::TestWithParam<store::Engine> {
 protected:
  ConfigurationTest() {
    std::vector<store::Migration> all(audit::migrations().begin(), audit::migrations().end());
    all.insert(all.end(), migrations().begin(), migrations().end());
    holder_.migrate(all);
    vault_ = std::move(store::Vault::open(std::string(32, 'k')).value());
    audit_ = std::move(audit::Audit::open(holder_.database(), holder_.writer(), *vault_, system_clock(),
                                          {.data_directory = holder_.directory()}).value());
    files_.write("millwright.yaml", main_text);
    open();
  }

  [[nodiscard]] std::filesystem::path file() const { return files_.path() / "millwright.yaml"; }
  void open() {
    configuration_.reset();
    BlastRadius radius = [](std::string_view kind, std::string_view) -> std::vector<Touched> {
      return {{"API keys", kind == "use_cases" ? 2 : 0}};
    };
    auto opened = Configuration::open({file(), vocabulary(), {radius}}, holder_.database(), holder_.writer(), *audit_,
                                      system_clock());
    ASSERT_TRUE(opened) << describe(opened.error());
    configuration_ = std::move(*opened);
  }
  std::string text_of(const std::string& name) const {
    std::ifstream stream(files_.path() / name);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  std::vector<std::string> ids() const {
    std::vector<std::string> ids;
    for (const auto& object : configuration_->current()->objects) ids.push_back(object.id);
    return ids;
  }

  test::TempDirectory files_;
  test::TestDatabase holder_{GetParam(), {}};
  std::unique_ptr<store::Vault> vault_;
  std::unique_ptr<audit::Audit> audit_;
  std::unique_ptr<Configuration> configuration_;
};

INSTANTIATE_TEST_SUITE_P(Engines, ConfigurationTest, testing::ValuesIn(test::both_engines()),
                         test::engine_name<testing::TestParamInfo<store::Engine>>);

TEST_P(ConfigurationTest, StartRecordsARevisionOnlyWhenSomethingChanged) {
  EXPECT_EQ(configuration_->current()->revision, 1);
  open();
  EXPECT_EQ(configuration_->current()->revision, 1);
  files_.write("millwright.yaml", std::string("# a comment changes nothing\n") + std::string(main_text));
  open();
  EXPECT_EQ(configuration_->current()->revision, 1);
  files_.write("conf.d/more.yaml", "routes: [{name: other}]\n");
  open();
  EXPECT_EQ(configuration_->current()->revision, 2);
  EXPECT_EQ(configuration_->history(0, 10).value().size(), 2u);
}

TEST_P(ConfigurationTest, PlansAndAppliesOneMoreFile) {
  const std::string text = "use_cases:\n  - {name: onboarding, route: default, limit: 5 USD}\n";
  const auto plan = configuration_->plan_file("onboarding.yaml", text);
  ASSERT_TRUE(plan) << describe(plan.error());
  ASSERT_EQ(plan->changes.size(), 1u);
  EXPECT_EQ(plan->changes[0].id, "use_cases/onboarding");
  EXPECT_EQ(plan->changes[0].action, Action::Add);
  ASSERT_EQ(plan->changes[0].touched.size(), 1u);
  EXPECT_EQ(plan->changes[0].touched[0].count, 2);
  EXPECT_FALSE(plan->needs_restart());
  EXPECT_EQ(text_of("conf.d/onboarding.yaml"), "") << "a plan changes nothing";
  EXPECT_NE(render_plan(*plan).find("+ use_cases/onboarding"), std::string::npos);

  const auto saved = parse_plan(json::serialize(to_json(*plan)));
  ASSERT_TRUE(saved);
  const auto revision = configuration_->apply(*saved, "user/ada", "second use case");
  ASSERT_TRUE(revision) << describe(revision.error());
  EXPECT_EQ(revision->number, 2);
  EXPECT_EQ(text_of("conf.d/onboarding.yaml"), text);
  EXPECT_EQ(configuration_->current()->digest, plan->desired);
  EXPECT_EQ(configuration_->history(0, 1).value()[0].author, "user/ada");
  const auto entries = audit_->list({.action = "config.apply"}, "", 10);
  ASSERT_EQ(entries->records.size(), 1u);
  EXPECT_EQ(entries->records[0].entry.actor, "user/ada");
  open();
  EXPECT_EQ(configuration_->current()->revision, 2) << "what was applied is what the next start finds";
}

TEST_P(ConfigurationTest, RefusesAStalePlan) {
  const auto plan = configuration_->plan_file("a.yaml", "routes: [{name: a}]\n").value();
  ASSERT_TRUE(configuration_->apply(configuration_->plan_file("b.yaml", "routes: [{name: b}]\n").value(), "x", "y"));
  const auto late = configuration_->apply(plan, "x", "y");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::Conflict);
  EXPECT_EQ(text_of("conf.d/a.yaml"), "");

  const auto files = configuration_->plan_file("a.yaml", "routes: [{name: a}]\n").value();
  files_.write("conf.d/b.yaml", "routes: [{name: c}]\n");
  EXPECT_EQ(configuration_->apply(files, "x", "y").error().code, ErrorCode::Conflict);
}

TEST_P(ConfigurationTest, BadReloadChangesNothing) {
  const auto before = configuration_->current();
  files_.write("millwright.yaml", "routes:\n  - {name: default, timeuot: 1s}\nuse_cases: [{name: x, route: nowhere}]\n");
  const auto reloaded = configuration_->reload("signal", "SIGHUP");
  ASSERT_FALSE(reloaded);
  EXPECT_EQ(reloaded.error().code, ErrorCode::InvalidConfig);
  EXPECT_EQ(reloaded.error().where.line, 2u);
  EXPECT_NE(describe(reloaded.error()).find("Did you mean \"timeout\"?"), std::string::npos);
  EXPECT_EQ(configuration_->current(), before);
  EXPECT_EQ(configuration_->history(0, 10)->size(), 1u);

  files_.write("millwright.yaml", main_text);
  ASSERT_TRUE(configuration_->reload("signal", "SIGHUP"));
  EXPECT_EQ(configuration_->history(0, 10)->size(), 1u) << "nothing changed, nothing recorded";
}

TEST_P(ConfigurationTest, BrokenReferenceNamesTheNearest) {
  const auto faults = configuration_->validate_file("x.yaml", "use_cases:\n  - {name: x, route: defualt}\n");
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].where.source, "conf.d/x.yaml");
  EXPECT_EQ(faults[0].where.line, 2u);
  EXPECT_EQ(faults[0].fix, "Did you mean \"default\"?");
  EXPECT_TRUE(configuration_->validate_file("x.yaml", "use_cases: [{name: x, route: builtin}]\n").empty());
}

TEST_P(ConfigurationTest, BuilderThatFailsRefusesTheChange) {
  int installed = 0;
  ASSERT_TRUE(configuration_->add_builder("counter", [&](const Loaded&) -> Result<Install> {
    return Install([&] { ++installed; });
  }));
  ASSERT_TRUE(configuration_->add_builder("picky", [](const Loaded& candidate) -> Result<Install> {
    if (candidate.tree["routes"].items().size() > 2) return fail(ErrorCode::InvalidConfig, "too many routes");
    return Install([] {});
  }));
  EXPECT_EQ(installed, 1);
  ASSERT_TRUE(configuration_->apply(configuration_->plan_file("a.yaml", "routes: [{name: a}]\n").value(), "x", "y"));
  EXPECT_EQ(installed, 2);
  const auto refused = configuration_->apply(configuration_->plan_file("b.yaml", "routes: [{name: b}]\n").value(), "x", "y");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "too many routes");
  EXPECT_EQ(installed, 2);
  EXPECT_EQ(text_of("conf.d/b.yaml"), "");
  ASSERT_TRUE(configuration_->reload("signal", "SIGHUP"));
  EXPECT_EQ(installed, 3) << "files that features read themselves may have changed";
  EXPECT_EQ(configuration_->current()->revision, 2);
}

TEST_P(ConfigurationTest, ConsoleOwnsWhatNoFileOwns) {
  const auto plan = configuration_->plan_console("use_cases:\n  - name: pilot\n    route: default\n", {});
  ASSERT_TRUE(plan) << describe(plan.error());
  ASSERT_TRUE(configuration_->apply(*plan, "user/ada", "pilot"));
  const auto* object = &configuration_->current()->objects.back();
  EXPECT_EQ(object->id, "use_cases/pilot");
  EXPECT_EQ(object->owner, Owner::Console);
  open();
  EXPECT_EQ(configuration_->current()->objects.back().id, "use_cases/pilot") << "it survives a restart";

  const auto locked = configuration_->plan_console("use_cases: [{name: helpdesk, route: builtin}]\n", {});
  ASSERT_FALSE(locked);
  EXPECT_EQ(locked.error().code, ErrorCode::Conflict);
  EXPECT_NE(locked.error().message.find("millwright.yaml, line 5"), std::string::npos) << locked.error().message;

  const auto both = configuration_->validate_file("p.yaml", "use_cases:\n  - {name: pilot, route: default}\n");
  ASSERT_EQ(both.size(), 1u);
  EXPECT_NE(both[0].message.find("use_cases/pilot is in conf.d/p.yaml:2 and also belongs to the console"), std::string::npos)
      << both[0].message;

  EXPECT_FALSE(configuration_->plan_console("server: {listen: x}\n", {}));
  EXPECT_EQ(configuration_->plan_console("", {"use_cases/helpdesk"}).error().code, ErrorCode::Conflict);
  EXPECT_EQ(configuration_->plan_console("", {"use_cases/none"}).error().code, ErrorCode::NotFound);
  const auto removal = configuration_->plan_console("", {"use_cases/pilot"}).value();
  EXPECT_EQ(removal.changes[0].action, Action::Destroy);
  ASSERT_TRUE(configuration_->apply(removal, "user/ada", "over"));
  EXPECT_EQ(ids().back(), "use_cases/helpdesk");
}

TEST_P(ConfigurationTest, RollsBackFilesAndConsoleObjects) {
  ASSERT_TRUE(configuration_->apply(configuration_->plan_file("a.yaml", "routes: [{name: a}]\n").value(), "x", "1"));
  ASSERT_TRUE(configuration_->apply(configuration_->plan_console("routes: [{name: c}]\n", {}).value(), "x", "2"));
  ASSERT_TRUE(configuration_->apply(
      configuration_->plan_file("a.yaml", "routes: [{name: a, timeout: 5s}]\n").value(), "x", "3"));
  const auto third = configuration_->current()->digest;
  const auto back = configuration_->rollback(2, "user/ada", "went wrong");
  ASSERT_TRUE(back) << describe(back.error());
  EXPECT_EQ(back->action, "rollback");
  EXPECT_EQ(text_of("conf.d/a.yaml"), "routes: [{name: a}]\n");
  EXPECT_EQ(std::ranges::count(ids(), "routes/c"), 0);
  ASSERT_TRUE(configuration_->rollback(4, "user/ada", "no, it was right"));
  EXPECT_EQ(configuration_->current()->digest, third);
  ASSERT_TRUE(configuration_->rollback(1, "user/ada", "start"));
  EXPECT_FALSE(std::filesystem::exists(files_.path() / "conf.d/a.yaml"));
  EXPECT_EQ(configuration_->rollback(99, "x", "y").error().code, ErrorCode::NotFound);
}

TEST_P(ConfigurationTest, SaysWhatWaitsForARestart) {
  EXPECT_TRUE(configuration_->pending_restart().empty());
  const auto text = std::string("server: {listen: \"127.0.0.1:9\"}\n") + std::string(main_text.substr(main_text.find("routes")));
  const auto plan = configuration_->plan_file("millwright.yaml", text).value();
  EXPECT_TRUE(plan.needs_restart());
  ASSERT_EQ(plan.changes.size(), 1u);
  ASSERT_EQ(plan.changes[0].fields.size(), 1u);
  EXPECT_EQ(plan.changes[0].fields[0].field, "listen");
  EXPECT_EQ(plan.changes[0].fields[0].before, "127.0.0.1:0");
  EXPECT_EQ(plan.changes[0].fields[0].after, "127.0.0.1:9");
  ASSERT_TRUE(configuration_->apply(plan, "x", "y"));
  EXPECT_EQ(configuration_->pending_restart(), std::vector<std::string>{"server.listen"});
}

TEST_P(ConfigurationTest, RefusesNamesThatLeadElsewhere) {
  for (const std::string name : {"../x.yaml", "conf.d/../x.yaml", "/etc/x.yaml", "conf.d/a/b.yaml", ".x.yaml", "x.yml", "", ".yaml"}) {
    EXPECT_EQ(configuration_->plan_file(name, "").error().code, ErrorCode::InvalidInput) << name;
  }
  auto plan = configuration_->plan_file("a.yaml", "routes: [{name: a}]\n").value();
  plan.edit.files["../evil.yaml"] = "routes: []\n";
  EXPECT_EQ(configuration_->apply(plan, "x", "y").error().code, ErrorCode::InvalidInput);
  EXPECT_FALSE(std::filesystem::exists(files_.path().parent_path() / "evil.yaml"));
}

TEST_P(ConfigurationTest, ReadersAlwaysSeeAWholeState) {
  std::atomic<bool> is_done = false;
  std::jthread reader([&] {
    while (!is_done) {
      const auto loaded = configuration_->current();
      const auto routes = loaded->tree["routes"].items().size();
      if (routes != 1 && routes != 3) std::abort();
    }
  });
  for (int i = 0; i < 10; ++i) {
    const std::string text = i % 2 == 0 ? "routes: [{name: a}, {name: b}]\n" : "";
    ASSERT_TRUE(configuration_->apply(configuration_->plan_file("a.yaml", text).value(), "x", "y"));
  }
  is_done = true;
}

TEST_P(ConfigurationTest, MovesAnObjectToTheConsoleAndBack) {
  files_.write("millwright.yaml", "# kept\n" + std::string(main_text));
  open();
  const auto adopted = configuration_->adopt("use_cases/helpdesk", "user/ada", "edit it in the console");
  ASSERT_TRUE(adopted) << describe(adopted.error());
  EXPECT_EQ(adopted->action, "adopt");
  EXPECT_EQ(configuration_->current()->objects.back().owner, Owner::Console);
  EXPECT_EQ(text_of("millwright.yaml"),
            "# kept\nserver: {listen: \"127.0.0.1:0\"}\nroutes:\n  - {name: default, timeout: 60s}\nuse_cases:\n");
  const auto exported = render_export(*configuration_->current(), vocabulary().sections, Owner::Console);
  EXPECT_EQ(exported, "use_cases:\n  - name: helpdesk\n    route: default\n");
  open();
  EXPECT_EQ(configuration_->adopt("use_cases/helpdesk", "user/ada", "").error().code, ErrorCode::Conflict);

  const auto plan = configuration_->plan_release("use_cases/helpdesk", "released.yaml");
  ASSERT_TRUE(plan) << describe(plan.error());
  EXPECT_EQ(text_of("conf.d/released.yaml"), "") << "a plan changes nothing";
  ASSERT_TRUE(configuration_->release("use_cases/helpdesk", "released.yaml", "user/ada", "back to git"));
  EXPECT_EQ(text_of("conf.d/released.yaml"), exported);
  EXPECT_EQ(configuration_->current()->objects.back().where.source, "conf.d/released.yaml");
  const auto entries = audit_->list({.action = "config.release"}, "", 10);
  ASSERT_TRUE(entries);
  EXPECT_EQ(entries->records.size(), 1u);
}

TEST_P(ConfigurationTest, AMoveWhoseFileCannotBeWrittenLeavesOneOwner) {
  std::filesystem::create_directory(files_.path() / "millwright.yaml.new");   // in the way of the new text
  const auto refused = configuration_->adopt("use_cases/helpdesk", "user/ada", "");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Forbidden);
  EXPECT_EQ(text_of("millwright.yaml"), main_text);
  EXPECT_EQ(configuration_->current()->objects.back().owner, Owner::File);
  EXPECT_EQ(configuration_->history(0, 10).value().front().action, "rollback");
  std::filesystem::remove(files_.path() / "millwright.yaml.new");
  open();   // would refuse an object with two owners
  EXPECT_EQ(configuration_->current()->objects.back().owner, Owner::File);
  EXPECT_TRUE(configuration_->adopt("use_cases/helpdesk", "user/ada", ""));
}

TEST_P(ConfigurationTest, DoesNotMoveWhileTheFilesHoldOtherChanges) {
  files_.write("conf.d/more.yaml", "routes: [{name: other}]\n");
  const auto refused = configuration_->adopt("use_cases/helpdesk", "user/ada", "");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("routes/other"), std::string::npos) << refused.error().message;
  EXPECT_EQ(text_of("millwright.yaml"), main_text);
}

TEST_P(ConfigurationTest, EveryStatementIsAcceptedByTheEngine) {
  const std::array statements{sql::list_console_objects, sql::put_console_object, sql::remove_console_object,
                              sql::find_last_revision,   sql::list_revisions,     sql::find_revision,
                              sql::insert_revision,      sql::put_text,           sql::insert_part,
                              sql::list_parts};
  EXPECT_EQ(test::faults_of(holder_.database(), statements), "");
}

}  // namespace
}  // namespace millwright::configuration
