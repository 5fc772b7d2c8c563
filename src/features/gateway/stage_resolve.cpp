// What is being called: the use case (or model) and its release.
#include "base/text.hpp"
#include "features/gateway/compose.hpp"
#include "features/gateway/pipeline.hpp"

namespace millwright::gateway {
namespace {


template <class List>
const typename List::value_type* find_named(const List& list, std::string_view name) {
  const auto found = std::ranges::find_if(list, [name](const auto& item) { return item.name == name; });
  return found == list.end() ? nullptr : &*found;
}

const UseCaseConfig* find_use_case(const std::vector<UseCaseConfig>& use_cases, std::string_view name) {
  if (const auto* named = find_named(use_cases, name)) return named;
  const auto found = std::ranges::find_if(use_cases, [name](const UseCaseConfig& use_case) {
    return std::ranges::find(use_case.aliases, name) != use_case.aliases.end();
  });
  return found == use_cases.end() ? nullptr : &*found;
}

}  // namespace

Result<void> ChatPipeline::resolve() {
  const auto& name = call_.request.model;
  const auto& config = config_->config;
  const auto* principal = call_.caller.principal.get();
  ensure(principal != nullptr, "a call has a principal");

  if (const auto* use_case = find_use_case(config.use_cases, name)) {
    if (!principal->use_case.empty() && principal->use_case != use_case->name) {
      Error error;
      error.code = ErrorCode::Forbidden;
      error.rule = "key:" + principal->key_name;
      error.message = fmt::format("this key is bound to the use case \"{}\"", principal->use_case);
      error.fix = fmt::format("Put \"{}\" into model, or ask for a key of \"{}\".", principal->use_case, name);
      return std::unexpected(std::move(error));
    }
    return resolve_use_case(*use_case);
  }
  if (principal->may_use_model(name)) {
    if (const auto* model = find_named(config.models, name)) return resolve_model(*model);
  }
  auto error = fail(ErrorCode::NotFound, "there is no use case or model \"{}\" for this key", name);
  std::vector<std::string_view> known;
  for (const auto& use_case : config.use_cases) {
    if (principal->use_case.empty() || principal->use_case == use_case.name) known.push_back(use_case.name);
  }
  const auto near = nearest_name(name, known);
  error.error().where.field = "model";
  error.error().fix = near ? fmt::format("Did you mean \"{}\"?", *near) : "GET /v1/models lists what this key may call.";
  return error;
}

Result<void> ChatPipeline::resolve_use_case(const UseCaseConfig& use_case) {
  use_case_ = &use_case;
  trace_.use_case = use_case.name;
  if (trace_.team.empty()) trace_.team = use_case.owner;
  if (trace_.environment.empty()) trace_.environment = use_case.environment;
  if (use_case.is_paused) {
    auto error = fail(ErrorCode::Unavailable, "the use case \"{}\" is paused", use_case.name);
    error.error().rule = "use_case.paused";
    error.error().fix = fmt::format("Its owner, {}, can resume it.", use_case.owner);
    return error;
  }
  auto chosen = choose_release();
  if (!chosen) return chosen;
  route_ = find_named(config_->config.routes, release_->route.empty() ? use_case.route : release_->route);
  if (route_ == nullptr) route_ = find_named(config_->config.routes, use_case.route);
  ensure(route_ != nullptr, "a validated use case has a route");
  if (!call_.only_model.empty()) {
    direct_route_.name = "shadow:" + route_->name;
    direct_route_.targets.push_back({call_.only_model, 1});
    direct_route_.timeout = route_->timeout;
    direct_route_.idle_timeout = route_->idle_timeout;
    direct_route_.retries = 0;
    route_ = &direct_route_;
  }
  trace_.route = route_->name;
  data_class_ = use_case.data_class;
  if (call_.caller.declared_class) data_class_ = std::max(data_class_, *call_.caller.declared_class);
  recognise_task();
  return {};
}

/// What the caller says about the task counts; else, if the use case has a classifier that is sure enough, its word.
void ChatPipeline::recognise_task() {
  if (!call_.caller.task.empty() || use_case_->task_classifier.empty() || call_.request.operation != Operation::Chat) return;
  const auto& config = *config_;
  const auto classifier = config.task_classifiers.find(use_case_->task_classifier);
  const auto* settings = find_named(config.config.task_classifiers, use_case_->task_classifier);
  const auto question = question_of(call_.request.body);
  if (classifier == config.task_classifiers.end() || settings == nullptr || question.empty()) return;
  const auto guess = classifier->second->guess(question);
  const bool is_sure = guess.confidence >= settings->threshold;
  if (is_sure) call_.caller.task = trace_.task = guess.label;
  decide("task", is_sure ? "recognised" : "unsure", "task_classifier:" + settings->name,
         {{"task", guess.label}, {"confidence", guess.confidence}, {"threshold", settings->threshold},
          {"model", classifier->second->digest().short_text()}});
}

Result<void> ChatPipeline::resolve_model(const ModelConfig& model) {
  if (trace_.environment.empty()) trace_.environment = "production";
  direct_route_.name = "model:" + model.name;
  direct_route_.targets.push_back({model.name, 1});
  route_ = &direct_route_;
  trace_.route = direct_route_.name;
  trace_.release = "none";
  // Nobody has said what this is: it counts as confidential unless the caller declares a class.
  data_class_ = call_.caller.declared_class.value_or(policy::DataClass::Confidential);
  return {};
}

const LiveRelease ChatPipeline::no_release{};

Result<void> ChatPipeline::choose_release() {
  if (call_.release) {
    release_ = &*call_.release;
  } else {
    live_ = shared_.live.load();
    const auto live = live_->find(use_case_->name);
    if (live != live_->end()) {
      const auto& [stable, canary, canary_basis_points] = live->second;
      if (!canary) {
        release_ = &stable;
      } else {
        const auto bucket = bucket_of(use_case_->name, call_.caller);
        const bool is_canary = bucket < canary_basis_points;
        release_ = is_canary ? &*canary : &stable;
        decide("release", is_canary ? "canary" : "stable", "canary:" + canary->id,
               {{"bucket", bucket}, {"canary_basis_points", canary_basis_points}});
      }
    }
  }
  if (release_->id.empty()) {
    auto error = fail(ErrorCode::Unavailable, "no release of \"{}\" is live", use_case_->name);
    error.error().rule = "release.required";
    error.error().fix = "Create a release, let it pass its gates, sign and promote it.";
    return error;
  }
  trace_.release = release_->id;
  trace_.prompt = release_->prompt_name;
  trace_.prompt_version = release_->prompt_version;
  return {};
}

}  // namespace millwright::gateway
