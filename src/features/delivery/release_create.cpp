// The making of a release, and the verdict of its gates.
#include <algorithm>

#include "features/delivery/local_delivery.hpp"

namespace millwright::delivery {
namespace {
constexpr std::size_t note_bytes_max = 4'096;
constexpr std::size_t prompt_bytes_max = 256u << 10;
}  // namespace

Result<Ingredients> LocalDelivery::gather(const CreateRequest& request, const gateway::GatewayState& state) const {
  Ingredients made{.state = &state};
  made.use_case = find_use_case(state, request.use_case);
  if (made.use_case == nullptr) return fail(ErrorCode::NotFound, "there is no use case named \"{}\"", request.use_case);
  if (request.prompt_text.size() > prompt_bytes_max) {
    return fail(ErrorCode::TooLarge, "a prompt has at most {}", render_size(prompt_bytes_max));
  }
  made.prompt_name = made.use_case->prompt;
  if (!request.prompt_text.empty()) {
    made.prompt_text = request.prompt_text;
    if (made.prompt_name.empty()) made.prompt_name = made.use_case->name;
  } else if (!made.prompt_name.empty()) {
    const auto prompt = std::ranges::find(prompts_, made.prompt_name, &PromptConfig::name);
    if (prompt == prompts_.end()) return fail(ErrorCode::NotFound, "there is no prompt named \"{}\"", made.prompt_name);
    made.prompt_text = prompt->text;
  }
  const auto bounds = evaluation::parse_gates(made.use_case->gates, made.use_case->tier);
  const std::string& suite_name = bounds.suite.empty() ? made.use_case->name : bounds.suite;
  for (evaluation::Suite& suite : parts_.evaluation->suites()) {
    if (suite.name == suite_name) made.suite = std::move(suite);
  }
  if (!made.use_case->index.empty()) {
    auto versions = parts_.retrieval->versions(made.use_case->index);
    if (!versions) return pass(versions);
    const auto live = std::ranges::find_if(*versions, &retrieval::IndexVersion::is_live);
    if (live == versions->end()) {
      return fail(ErrorCode::Conflict, "index \"{}\" has not been built yet", made.use_case->index);
    }
    made.index = *live;
  }
  return made;
}

Result<Release> LocalDelivery::create(const CreateRequest& request) {
  if (request.note.size() > note_bytes_max) {
    return fail(ErrorCode::TooLarge, "a note has at most {} bytes", note_bytes_max);
  }
  const std::scoped_lock lock(changing_);
  const auto state = parts_.state();
  if (state == nullptr) return fail(ErrorCode::Unavailable, "the gateway has no configuration yet");
  auto ingredients = gather(request, *state);
  if (!ingredients) return pass(ingredients);
  auto number = store_.next_number(request.use_case);
  if (!number) return pass(number);
  Release release{.id = fmt::format("{}-{}", request.use_case, *number), .use_case = request.use_case,
                  .number = *number, .author = request.author, .note = request.note};
  if (!request.prompt_label.empty() && release.note.empty()) release.note = request.prompt_label;
  release.created = release.changed = parts_.clock->now();
  auto stored = store_artifacts(*parts_.registry, *ingredients, release);
  if (!stored) return pass(stored);
  auto inserted = store_.insert(release, entry(request.author, "release.create", release,
                                               {{"manifest", release.manifest.text()}}));
  if (!inserted) return pass(inserted);
  return release;
}

Result<Release> LocalDelivery::evaluate(std::string_view id,
                                        const std::function<void(std::int64_t, std::int64_t)>& progress) {
  auto release = store_.load(id);
  if (!release) return pass(release);
  const auto can_be_judged = [](ReleaseState state) {
    return state == ReleaseState::Draft || state == ReleaseState::Evaluated || state == ReleaseState::Blocked;
  };
  if (!can_be_judged(release->state)) {
    return fail(ErrorCode::Conflict, "release {} is {} and no longer to be judged", id, state_name(release->state));
  }
  const auto state = parts_.state();
  const gateway::UseCaseConfig* use_case = state == nullptr ? nullptr : find_use_case(*state, release->use_case);
  if (use_case == nullptr) return fail(ErrorCode::NotFound, "there is no use case named \"{}\"", release->use_case);
  const auto bounds = evaluation::parse_gates(use_case->gates, use_case->tier);
  const std::string suite_name = bounds.suite.empty() ? use_case->name : bounds.suite;
  auto candidate = candidate_of(*release);
  if (!candidate) return pass(candidate);
  const auto served = live(release->use_case);
  std::optional<gateway::LiveRelease> baseline;
  if (served) baseline = served->stable;
  // The questions take a while; nothing is locked meanwhile.
  auto report = parts_.evaluation->run(suite_name, release->use_case, *candidate, baseline, progress);
  if (!report) return pass(report);

  const std::scoped_lock lock(changing_);
  auto current = store_.load(id);
  if (!current) return pass(current);
  if (!can_be_judged(current->state)) return fail(ErrorCode::Conflict, "release {} changed while it was evaluated", id);
  current->evaluation = report->id;
  current->block_reason.clear();
  current->state = report->verdict == evaluation::Verdict::Pass ? ReleaseState::Evaluated : ReleaseState::Blocked;
  for (const evaluation::GateResult& gate : report->gates) {
    if (gate.verdict == evaluation::Verdict::Pass) continue;
    if (!current->block_reason.empty()) current->block_reason += "\n";
    current->block_reason += fmt::format("{} gate {} by {}: {}", gate.gate,
                                         gate.verdict == evaluation::Verdict::Fail ? "failed" : "is inconclusive",
                                         gate.rule, gate.why);
  }
  current->changed = parts_.clock->now();
  auto updated = store_.update({*current}, entry(self, "release.evaluate", *current,
                                                 {{"report", report->id.text()},
                                                  {"verdict", evaluation::verdict_name(report->verdict)}}));
  if (!updated) return pass(updated);
  return *current;
}

}  // namespace millwright::delivery
