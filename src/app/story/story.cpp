#include "app/story/story.hpp"

#include <cstdio>

#include <spdlog/spdlog.h>

#include "app/notify.hpp"
#include "app/serve.hpp"
#include "app/story/stage.hpp"
#include "app/version.hpp"

namespace millwright::app::story {

namespace {

constexpr Chapter chapters[] = {
    tell_documents, tell_dataset, tell_keys,  tell_questions,       tell_guard, tell_first_release, tell_bad_prompt,
    tell_rollout,   tell_budget,  tell_costs, tell_second_use_case, tell_audit, tell_ending,
};

/// The story is about the first use case of the configuration, its index and the dataset behind it.
Result<void> choose_subject(Stage& stage) {
  const auto state = stage.factory.gateway->state();
  if (state->config.use_cases.empty()) return fail(ErrorCode::InvalidConfig, "the configuration has no use case");
  const auto& use_case = state->config.use_cases.front();
  stage.use_case = use_case.name;
  stage.index = use_case.index;
  for (const auto& index : stage.factory.retrieval->indexes()) {
    if (index.name == stage.index) stage.dataset = index.dataset;
  }
  if (stage.dataset.empty()) return fail(ErrorCode::InvalidConfig, "the use case {} has no index", use_case.name);
  return {};
}

void tell(Stage& stage) {
  for (const auto chapter : chapters) {
    const auto told = chapter(stage);
    if (!told) stage.narrator.fail(describe(told.error()));
  }
}

int sum_up(Stage& stage, std::chrono::steady_clock::time_point start) {
  auto& narrator = stage.narrator;
  const auto kept = narrator.claims() - narrator.broken_claims();
  std::printf("\n%s\n", narrator.bold(fmt::format("{} of {} claims held, in {}.", kept, narrator.claims(),
                                                  render_elapsed(std::chrono::steady_clock::now() - start)))
                            .c_str());
  std::fflush(stdout);
  return narrator.broken_claims() == 0 ? 0 : 1;
}

}  // namespace

int run_story(FactoryOptions options, Ending ending) {
  block_signals();
  set_up_logs("warn");
  const auto start = std::chrono::steady_clock::now();
  const auto directory = std::filesystem::absolute(options.config_file).parent_path();
  auto factory = Factory::open(std::move(options));
  if (!factory) return report_failed_start(factory.error());
  auto listening = (*factory)->listen();
  if (!listening) return report_failed_start(listening.error());
  Stage stage{**factory, Narrator(), directory, {}, {}, {}, {}, {}, {}, {}};
  std::printf("%s\n", stage.narrator.bold(fmt::format("Millwright {} at {}", version, (*factory)->url())).c_str());
  stage.narrator.say(fmt::format("Ready {} after the start.", render_elapsed(std::chrono::steady_clock::now() - start)));
  auto chosen = choose_subject(stage);
  if (!chosen) return report_failed_start(chosen.error());
  tell(stage);
  const int code = sum_up(stage, start);
  if (ending == Ending::Stop) return code;
  (*factory)->follow();
  std::printf("ready %s\n", (*factory)->url().c_str());
  std::fflush(stdout);
  notify_service_manager("READY=1");
  wait_for_stop(**factory);
  return code;
}

}  // namespace millwright::app::story
