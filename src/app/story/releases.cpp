// Chapters 6 to 8: the first signed release, a bad prompt that the gates stop, and a good one that is rolled out and back.
#include "app/story/stage.hpp"
#include "cli/output.hpp"

namespace millwright::app::story {

namespace {

constexpr int canary_callers = 200;
constexpr double canary_percent = 10;

void show_gates(Stage& stage, const json::value& release) {
  std::vector<std::vector<std::string>> rows;
  const auto gates = cli::member_at(release, "report.gates");
  if (!gates.is_array()) return;
  for (const auto& gate : gates.get_array()) {
    rows.push_back({text_at(gate, "gate"), text_at(gate, "verdict"), text_at(gate, "passed"), text_at(gate, "failed"),
                    text_at(gate, "why").substr(0, 120)});
  }
  stage.narrator.table({"gate", "verdict", "passed", "failed", "why"}, rows);
}

/// A draft with this prompt, run against the gates.
Result<json::value> evaluated(Stage& stage, const std::string& prompt, const std::string& label,
                              const std::string& note) {
  json::object body{{"note", note}};
  if (!prompt.empty()) body["prompt_text"] = prompt;
  if (!label.empty()) body["prompt_label"] = label;
  auto draft = stage.post(fmt::format("/api/v1/use-cases/{}/releases", stage.use_case), body);
  if (!draft) return pass(draft);
  auto& narrator = stage.narrator;
  const auto id = text_at(*draft, "id");
  const auto start = std::chrono::steady_clock::now();
  const auto done = stage.factory.delivery->evaluate(id, [&narrator](std::int64_t at, std::int64_t total) {
    narrator.progress("evaluation", at, total);
  });
  narrator.end_progress();
  if (!done) return std::unexpected(done.error());
  auto release = stage.get("/api/v1/releases/" + id);
  if (!release) return pass(release);
  narrator.say(fmt::format("{}: {}. The suite ran in {}.", id, note,
                           render_elapsed(std::chrono::steady_clock::now() - start)));
  show_gates(stage, *release);
  return release;
}

Result<json::value> step(Stage& stage, const std::string& id, std::string_view name, const json::object& body = {}) {
  return stage.post(fmt::format("/api/v1/releases/{}/{}", id, name), body);
}

/// The release that answers this user now.
Result<std::string> release_of(Stage& stage, const std::string& user) {
  auto answer = stage.post(fmt::format("/api/v1/use-cases/{}/ask", stage.use_case),
                           {{"question", "How do I report phishing?"}, {"user", user}});
  if (!answer) return pass(answer);
  return text_at(*answer, "release");
}

Result<void> watch_canary(Stage& stage, const std::string& id) {
  int on_canary = 0;
  for (int i = 0; i < canary_callers; ++i) {
    auto release = release_of(stage, fmt::format("caller-{}", i));
    if (!release) return pass(release);
    on_canary += *release == id ? 1 : 0;
  }
  const double share = 100.0 * on_canary / canary_callers;
  // Five standard deviations around 10 % of 200 callers: 0 to 20.6.
  stage.narrator.claim(on_canary > 0 && share < 21,
                       fmt::format("{} of {} callers ({:.1f} %) are on the canary; each stays on the same side", on_canary,
                                   canary_callers, share));
  return {};
}

}  // namespace

Result<void> tell_first_release(Stage& stage) {
  auto& narrator = stage.narrator;
  narrator.chapter("A release is evaluated, signed and promoted");
  auto release = evaluated(stage, {}, {}, "the configuration as it stands");
  if (!release) return pass(release);
  const auto id = text_at(*release, "id");
  narrator.claim(text_at(*release, "state") == "evaluated", "quality, safety and operations gates pass");
  if (text_at(*release, "state") != "evaluated") return {};
  for (const auto name : {"sign", "verify", "promote"}) {
    auto done = step(stage, id, name);
    if (!done) return pass(done);
  }
  auto now = stage.get("/api/v1/releases/" + id);
  if (!now) return pass(now);
  narrator.claim(text_at(*now, "is_signed") == "yes" && text_at(*now, "state") == "live",
                 fmt::format("{} is signed, verified and live; manifest {}", id, text_at(*now, "manifest").substr(0, 12)));
  return {};
}

Result<void> tell_bad_prompt(Stage& stage) {
  auto& narrator = stage.narrator;
  narrator.chapter("A bad prompt does not get through");
  const auto file = stage.directory / "prompts" / "helpdesk-bad.md";
  const auto text = read_file(file);
  if (text.empty()) return fail(ErrorCode::NotFound, "{} is missing", file.string());
  narrator.quote(text.substr(0, text.find('\n', 100)));
  auto release = evaluated(stage, text, "helpdesk-bad", "a friendlier tone, says its author");
  if (!release) return pass(release);
  const auto id = text_at(*release, "id");
  narrator.claim(text_at(*release, "state") == "blocked", "the gates block it: " + text_at(*release, "block_reason"));
  const auto signed_anyway = step(stage, id, "sign");
  narrator.claim(!signed_anyway, signed_anyway ? "nobody can sign it"
                                               : "nobody can sign it: " + signed_anyway.error().message);
  const auto promoted_anyway = step(stage, id, "promote");
  narrator.claim(!promoted_anyway, "and nobody can promote it");
  narrator.say("Why, in full: millwright explain " + id);
  return {};
}

Result<void> tell_rollout(Stage& stage) {
  auto& narrator = stage.narrator;
  narrator.chapter("A good prompt goes to 10 %, to all, and back in an instant");
  auto live = stage.get("/api/v1/use-cases/" + stage.use_case);
  if (!live) return pass(live);
  const auto before = text_at(*live, "live.release");
  auto release = evaluated(stage, read_file(stage.directory / "prompts" / "helpdesk.md") +
                                      "- When a step needs an administrator, name extension 4000.\n",
                           "helpdesk with the extension", "names the service desk's extension");
  if (!release) return pass(release);
  const auto id = text_at(*release, "id");
  narrator.claim(text_at(*release, "state") == "evaluated", "the gates pass, compared with " + before);
  if (text_at(*release, "state") != "evaluated") return {};
  auto was_signed = step(stage, id, "sign");
  if (!was_signed) return pass(was_signed);
  auto canary = step(stage, id, "canary", {{"percent", canary_percent}});
  if (!canary) return pass(canary);
  if (auto done = watch_canary(stage, id); !done) return pass(done);
  auto promoted = step(stage, id, "promote");
  if (!promoted) return pass(promoted);
  auto serving = release_of(stage, "caller-1");
  if (!serving) return pass(serving);
  narrator.claim(*serving == id, fmt::format("promoted: {} answers everybody", id));
  const auto start = std::chrono::steady_clock::now();
  auto back = stage.post(fmt::format("/api/v1/use-cases/{}/rollback", stage.use_case), {{"reason", "to show how fast"}});
  if (!back) return pass(back);
  serving = release_of(stage, "caller-1");
  if (!serving) return pass(serving);
  const auto elapsed = std::chrono::steady_clock::now() - start;
  narrator.claim(*serving == before && elapsed < std::chrono::seconds(1),
                 fmt::format("rolled back: {} answers again, {} after the command, first answer included", before,
                             render_elapsed(elapsed)));
  return {};
}

}  // namespace millwright::app::story
