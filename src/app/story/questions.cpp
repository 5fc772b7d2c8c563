// Chapters 3 to 5: keys, three questions, and what the guard takes out.
#include "app/story/stage.hpp"
#include "cli/output.hpp"

namespace millwright::app::story {

namespace {

constexpr std::string_view prefix = "story-";

Result<void> revoke_old_keys(Stage& stage) {
  auto keys = stage.get("/api/v1/keys?limit=200");
  if (!keys) return pass(keys);
  const auto items = cli::member_at(*keys, "items");
  for (const auto& key : items.get_array()) {
    const bool is_old = text_at(key, "name").starts_with(prefix) && cli::member_at(key, "revoked_at").is_null();
    if (!is_old) continue;
    auto revoked = stage.remove("/api/v1/keys/" + text_at(key, "id"));
    if (!revoked) return pass(revoked);
  }
  return {};
}

Result<std::string> make_key(Stage& stage, const std::string& user, const std::string& group) {
  auto key = stage.post("/api/v1/keys", {{"use_case", stage.use_case},
                                         {"user", user},
                                         {"groups", json::array{json::value(group)}},
                                         {"name", fmt::format("{}{}-{}", prefix, user, Id::generate().text().substr(24))}});
  if (!key) return pass(key);
  return text_at(*key, "key");
}

std::string citations_of(const io::http::Response& response) {
  const auto body = parse_json(response.body);
  if (!body) return {};
  const auto citations = cli::member_at(*body, "millwright.citations");
  std::string text;
  if (!citations.is_array()) return text;
  for (const auto& citation : citations.get_array()) {
    text += fmt::format("[{}] {} ({}), updated {}\n", text_at(citation, "number"), text_at(citation, "title"),
                        text_at(citation, "uri").substr(0, 70), text_at(citation, "updated_at").substr(0, 10));
  }
  return text;
}

Result<std::string> ask(Stage& stage, const std::string& key, const std::string& who, const std::string& question) {
  auto& narrator = stage.narrator;
  const auto start = std::chrono::steady_clock::now();
  auto response = stage.complete(key, stage.use_case, question);
  if (!response) return pass(response);
  const auto elapsed = std::chrono::steady_clock::now() - start;
  narrator.say(fmt::format("{} asks: {}", who, question));
  if (response->status != 200) {
    narrator.fail(fmt::format("the call is answered (status {}: {})", response->status, response->body.substr(0, 200)));
    return std::string();
  }
  const auto text = answer_text(*response);
  narrator.quote(text);
  if (const auto citations = citations_of(*response); !citations.empty()) narrator.quote(citations.substr(0, citations.size() - 1));
  narrator.say(fmt::format("{}, {} USD, model {}, cache {}, trace {}", render_elapsed(elapsed),
                           response->headers.find("x-millwright-cost-usd"), response->headers.find("x-millwright-model"),
                           response->headers.find("x-millwright-cache"), response->headers.find("x-millwright-trace")));
  if (stage.first_trace.empty()) stage.first_trace = response->headers.find("x-millwright-trace");
  return text + "\n" + citations_of(*response);
}

bool is_dont_know(const std::string& answer) {
  return answer.find("do not know") != std::string::npos || answer.find("don't know") != std::string::npos;
}

}  // namespace

Result<void> tell_keys(Stage& stage) {
  auto& narrator = stage.narrator;
  narrator.chapter("Applications get keys");
  if (auto done = revoke_old_keys(stage); !done) return pass(done);
  auto ana = make_key(stage, "ana", "staff");
  if (!ana) return pass(ana);
  auto sam = make_key(stage, "sam", "security");
  if (!sam) return pass(sam);
  stage.key_ana = *ana;
  stage.key_sam = *sam;
  narrator.say("One for ana of the staff, one for sam of the security team. A key is shown once and stored as a digest.");
  const auto wrong = stage.complete("mw_" + std::string(43, 'x'), stage.use_case, "hello");
  narrator.claim(wrong && wrong->status == 401, "a wrong key is refused with 401");
  return {};
}

Result<void> tell_questions(Stage& stage) {
  auto& narrator = stage.narrator;
  narrator.chapter("Questions are answered, with sources, or not at all");
  auto known = ask(stage, stage.key_ana, "ana", "For how many days is a new VPN configuration valid?");
  if (!known) return pass(known);
  narrator.claim(known->find("180") != std::string::npos && known->find("[1]") != std::string::npos,
                 "the answer quotes the runbook and cites it");
  auto unknown = ask(stage, stage.key_ana, "ana", "Who won the chess olympiad in 1972?");
  if (!unknown) return pass(unknown);
  narrator.claim(is_dont_know(*unknown), "what no document answers is not made up");
  const std::string restricted = "Which server keeps evidence for two years?";
  auto stranger = ask(stage, stage.key_ana, "ana", restricted);
  if (!stranger) return pass(stranger);
  narrator.claim(stranger->find("amber") == std::string::npos, "ana learns nothing from a document for the group security");
  auto member = ask(stage, stage.key_sam, "sam", restricted);
  if (!member) return pass(member);
  narrator.claim(member->find("amber") != std::string::npos, "sam, who is in the group, is answered from it");
  return {};
}

Result<void> tell_guard(Stage& stage) {
  auto& narrator = stage.narrator;
  narrator.chapter("Personal data is taken out before a model sees it");
  const std::string question =
      "My address is ana.lind@example.com and my card is 4111 1111 1111 1111. How do I reset my password?";
  auto scan = stage.post("/api/v1/guard/scan", {{"text", question}});
  if (!scan) return pass(scan);
  narrator.say("ana writes: " + question);
  narrator.quote(text_at(*scan, "redacted"));
  const auto response = stage.complete(stage.key_ana, stage.use_case, question);
  if (!response) return std::unexpected(response.error());
  const std::string trace_id(response->headers.find("x-millwright-trace"));
  narrator.claim(text_at(*scan, "redacted").find("ana.lind@") == std::string::npos &&
                     text_at(*scan, "redacted").find("4111") == std::string::npos,
                 "address and card number are replaced before the text goes on");
  auto flushed = stage.factory.writer->flush();
  if (!flushed) return pass(flushed);
  auto trace = stage.get("/api/v1/traces/" + trace_id);
  if (!trace) return pass(trace);
  bool has_redaction = false;
  const auto decisions = cli::member_at(*trace, "decisions");
  std::vector<std::vector<std::string>> rows;
  for (const auto& decision : decisions.get_array()) {
    const auto stage_name = text_at(decision, "stage");
    const auto verdict = text_at(decision, "verdict");
    has_redaction |= stage_name.starts_with("guard") && (verdict == "redact" || verdict == "block");
    rows.push_back({stage_name, verdict, text_at(decision, "rule")});
  }
  narrator.table({"stage", "decided", "rule"}, rows);
  narrator.claim(has_redaction, fmt::format("the trace says which rule did it: millwright explain {}", trace_id));
  return {};
}

}  // namespace millwright::app::story
