// The last chapters: a second use case as one more file, the audit log, and how to go on from here.
#include "app/story/stage.hpp"
#include "cli/full_paths.hpp"
#include "cli/output.hpp"

namespace millwright::app::story {

namespace {

Result<void> apply_file(Stage& stage, const std::filesystem::path& file) {
  auto& narrator = stage.narrator;
  const auto yaml = cli::with_full_paths(read_file(file), file.parent_path());
  auto plan = stage.post("/api/v1/config/plan", {{"yaml", yaml}});
  if (!plan) return pass(plan);
  const auto changes = cli::member_at(*plan, "changes");
  if (changes.get_array().empty()) {
    narrator.say("It is applied already.");
    return {};
  }
  for (const auto& change : changes.get_array()) {
    narrator.quote(fmt::format("{} {}", text_at(change, "action"), text_at(change, "id")));
  }
  const auto start = std::chrono::steady_clock::now();
  auto revision = stage.post("/api/v1/config/apply", {{"plan", *plan}, {"reason", "a second use case"}});
  if (!revision) return pass(revision);
  narrator.say(fmt::format("Applied live as revision {} in {}, without a restart.", text_at(*revision, "number"),
                           render_elapsed(std::chrono::steady_clock::now() - start)));
  return {};
}

}  // namespace

Result<void> tell_second_use_case(Stage& stage) {
  auto& narrator = stage.narrator;
  narrator.chapter("A second use case is one more file");
  const auto file = (stage.directory / ".." / "onboarding" / "onboarding.yaml").lexically_normal();
  if (!std::filesystem::exists(file)) return fail(ErrorCode::NotFound, "{} is missing", file.string());
  narrator.say(fmt::format("{}: other documents, another owner and budget, a stricter class.", file.filename().string()));
  if (auto done = apply_file(stage, file); !done) return pass(done);
  std::vector<std::vector<std::string>> rows;
  if (auto done = sync_source(stage, "hr-documents", rows); !done) return pass(done);
  narrator.table(intake_titles, rows);
  if (auto done = publish_dataset(stage, "hr-kb", "hr-kb"); !done) return pass(done);
  auto answer = stage.post("/api/v1/use-cases/onboarding/ask", {{"question", "How many days of leave do I have a year?"},
                                                                {"user", "kim"},
                                                                {"groups", json::array{json::value("staff")}}});
  if (!answer) return pass(answer);
  narrator.quote(text_at(*answer, "text"));
  const auto citations = cli::member_at(*answer, "citations");
  narrator.claim(text_at(*answer, "status") == "ok" && citations.is_array() && !citations.get_array().empty(),
                 "it answers from its own documents, with citations");
  auto other = stage.post("/api/v1/use-cases/onboarding/retrieve", {{"query", "VPN configuration valid days"},
                                                                    {"as", "kim"},
                                                                    {"groups", json::array{json::value("staff")}}});
  if (!other) return pass(other);
  const bool is_apart = json::serialize(*other).find("runbooks") == std::string::npos;
  narrator.claim(is_apart, "and from nobody else's: no passage of the help desk is found");
  return {};
}

Result<void> tell_audit(Stage& stage) {
  auto& narrator = stage.narrator;
  narrator.chapter("Everything that was done is on record");
  const auto checkpoint = stage.factory.audit->checkpoint();
  if (!checkpoint) return std::unexpected(checkpoint.error());
  auto verification = stage.get("/api/v1/audit/verify");
  if (!verification) return pass(verification);
  narrator.say(text_at(*verification, "detail"));
  narrator.claim(text_at(*verification, "is_intact") == "yes",
                 fmt::format("{} entries, recomputed and compared with {} signed checkpoints",
                             text_at(*verification, "entries"), text_at(*verification, "checkpoints")));
  return {};
}

Result<void> tell_ending(Stage& stage) {
  auto& narrator = stage.narrator;
  const auto url = stage.factory.url();
  narrator.chapter("Your turn");
  const auto has_admin = stage.factory.users->has_admin();
  if (has_admin && !*has_admin) {
    auto link = stage.post("/api/v1/setup-link");
    if (!link) return pass(link);
    narrator.say("Console, first sign-in (once, within 30 minutes):");
    narrator.show(narrator.bold(text_at(*link, "url")));
  } else {
    narrator.say(fmt::format("Console: {}", narrator.bold(url)));
  }
  narrator.say(fmt::format("Key of ana: {}", narrator.bold(stage.key_ana)));
  narrator.say("Ask from a shell:");
  narrator.show(fmt::format("curl {}/v1/chat/completions -H 'Authorization: Bearer {}' -H 'Content-Type: application/json' "
                           "-d '{{\"model\":\"{}\",\"messages\":[{{\"role\":\"user\",\"content\":\"How do I connect to the "
                           "VPN?\"}}]}}'",
                           url, stage.key_ana, stage.use_case));
  return {};
}

}  // namespace millwright::app::story
