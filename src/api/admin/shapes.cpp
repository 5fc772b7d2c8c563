#include "api/admin/shapes.hpp"

#include "api/answer.hpp"
#include "base/text.hpp"

namespace millwright::api {

namespace {

std::string_view period_name(finops::Period period) {
  switch (period) {
    case finops::Period::Day: return "day";
    case finops::Period::Week: return "week";
    case finops::Period::Month: return "month";
    case finops::Period::Total: return "total";
  }
  return "total";
}

std::string_view dataset_state_name(curation::DatasetState state) {
  switch (state) {
    case curation::DatasetState::Pending: return "pending";
    case curation::DatasetState::Approved: return "approved";
    case curation::DatasetState::Rejected: return "rejected";
  }
  return "pending";
}

json::value integer_or_null(const std::optional<std::int64_t>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

/// Spending so far carried on evenly to the end of the period; null in the first hour, when it says nothing.
json::value forecast_json(const finops::BudgetStatus& budget, Timestamp now) {
  const auto elapsed = now - budget.period_start;
  const auto length = budget.period_end - budget.period_start;
  if (budget.definition.period == finops::Period::Total || elapsed < std::chrono::hours(1) || length <= elapsed) {
    return nullptr;
  }
  const auto scaled = static_cast<__int128>(budget.settled.nano()) * length.count() / elapsed.count();
  return money_json(Money::from_nano(static_cast<std::int64_t>(std::min<__int128>(scaled, INT64_MAX))));
}

std::string digest_text(const Digest& digest) { return digest.is_none() ? std::string() : digest.text(); }

}  // namespace

json::object origin_json(const configuration::Loaded& loaded, std::string_view id) {
  const auto found = std::ranges::find(loaded.objects, id, &configuration::Object::id);
  if (found == loaded.objects.end()) {
    return {{"owner", "file"}, {"source", "built in"}, {"line", 0}, {"column", 0}};
  }
  return {{"owner", configuration::owner_name(found->owner)},
          {"source", found->where.source},
          {"line", found->where.line},
          {"column", found->where.column}};
}

json::object token_counts_json(const telemetry::TokenCounts& tokens) {
  json::object counts;
  for (const auto& meter : telemetry::token_meters) counts[meter.name] = tokens.*meter.count;
  return counts;
}

json::object decision_json(const telemetry::Decision& decision) {
  return {{"stage", decision.stage},
          {"verdict", decision.verdict},
          {"rule", decision.rule},
          {"evidence", embedded_object(decision.evidence)}};
}

json::array decisions_json(const std::vector<telemetry::Decision>& decisions) {
  json::array array;
  for (const auto& decision : decisions) array.push_back(decision_json(decision));
  return array;
}

json::object budget_json(const finops::BudgetStatus& budget, Timestamp now) {
  const auto& definition = budget.definition;
  json::array alerts;
  for (const auto percent : definition.alerts_percent) alerts.emplace_back(percent);
  const auto used = budget.settled + budget.reserved;
  const auto remaining = used >= definition.limit ? Money() : definition.limit - used;
  const double percent = definition.limit.nano() == 0
                             ? 100.0
                             : 100.0 * static_cast<double>(budget.settled.nano()) /
                                   static_cast<double>(definition.limit.nano());
  return {{"scope", definition.scope},
          {"limit_usd", money_json(definition.limit)},
          {"period", period_name(definition.period)},
          {"alerts", std::move(alerts)},
          {"at_limit", definition.at_limit == finops::AtLimit::Block ? "block" : "warn"},
          {"period_start", render_time(budget.period_start)},
          {"period_end", render_time(budget.period_end)},
          {"settled_usd", money_json(budget.settled)},
          {"reserved_usd", money_json(budget.reserved)},
          {"remaining_usd", money_json(remaining)},
          {"percent", percent},
          {"forecast_usd", forecast_json(budget, now)}};
}

json::object key_json(const identity::Key& key) {
  const auto& principal = key.principal;
  return {{"id", principal.key_id.text()},
          {"name", principal.key_name},
          {"use_case", principal.use_case},
          {"team", principal.team},
          {"user", principal.user},
          {"groups", texts_json(principal.groups)},
          {"environment", principal.environment},
          {"budget_usd", money_json(principal.budget)},
          {"rpm", integer_or_null(principal.rpm)},
          {"tpm", integer_or_null(principal.tpm)},
          {"concurrent", integer_or_null(principal.concurrent)},
          {"models", texts_json(principal.models)},
          {"passthrough", principal.passthrough ? json::value(texts_json(*principal.passthrough)) : json::value(nullptr)},
          {"expires", time_json(principal.expires)},
          {"hint", key.hint},
          {"created_at", render_time(key.created_at)},
          {"created_by", key.created_by},
          {"revoked_at", time_json(key.revoked_at)},
          {"revoked_by", key.revoked_by}};
}

json::object sync_report_json(const ingestion::SyncReport& report) {
  json::object counts;
  for (const auto& [verdict, count] : report.counts) counts[verdict] = count;
  return {{"id", report.id.text()},
          {"source", report.source},
          {"started", render_time(report.started)},
          {"finished", time_json(report.finished)},
          {"listed", report.listed},
          {"counts", std::move(counts)},
          {"error", report.error}};
}

json::object document_json(const ingestion::Document& document) {
  return {{"id", document.id.text()},
          {"source", document.source},
          {"path", document.path},
          {"uri", document.uri},
          {"version", document.version},
          {"title", document.title},
          {"language", document.language},
          {"parser", document.parser},
          {"bytes", document.bytes},
          {"modified", render_time(document.modified)},
          {"landed", render_time(document.landed)},
          {"data_class", policy::class_name(document.data_class)},
          {"tags", texts_json(document.tags)},
          {"uses", texts_json(document.uses)},
          {"verdict", ingestion::verdict_name(document.verdict)},
          {"reason", document.reason},
          {"superseded_by", document.superseded_by}};
}

json::object dataset_version_json(const curation::DatasetVersion& version) {
  return {{"dataset", version.dataset},
          {"version", version.version},
          {"digest", digest_text(version.digest)},
          {"state", dataset_state_name(version.state)},
          {"decided_by", version.decided_by},
          {"decided", time_json(version.decided)},
          {"created", render_time(version.created)},
          {"documents", version.documents},
          {"added", version.added},
          {"changed", version.changed},
          {"removed", version.removed},
          {"change_log", version.change_log}};
}

json::object index_version_json(const retrieval::IndexVersion& version) {
  return {{"index", version.index},
          {"digest", digest_text(version.digest)},
          {"dataset_version", digest_text(version.dataset_version)},
          {"built", render_time(version.built)},
          {"documents", version.documents},
          {"chunks", version.chunks},
          {"bytes", version.bytes},
          {"is_live", version.is_live},
          {"is_on_disk", version.is_on_disk}};
}

json::object release_json(const delivery::Release& release) {
  return {{"id", release.id},
          {"use_case", release.use_case},
          {"number", release.number},
          {"state", delivery::state_name(release.state)},
          {"manifest", digest_text(release.manifest)},
          {"prompt", digest_text(release.prompt)},
          {"route", digest_text(release.route)},
          {"dataset", digest_text(release.dataset)},
          {"index", digest_text(release.index)},
          {"suite", digest_text(release.suite)},
          {"policy", digest_text(release.policy)},
          {"prompt_name", release.prompt_name},
          {"prompt_version", release.prompt_version},
          {"route_name", release.route_name},
          {"index_name", release.index_name},
          {"evaluation", release.evaluation.is_none() ? json::value(nullptr) : json::value(release.evaluation.text())},
          {"is_signed", !release.bundle.empty()},
          {"author", release.author},
          {"signer", release.signer},
          {"note", release.note},
          {"block_reason", release.block_reason},
          {"canary_percent", release.canary_basis_points / 100.0},
          {"created", render_time(release.created)},
          {"changed", render_time(release.changed)}};
}

json::object citation_json(const gateway::Citation& citation) {
  return {{"number", citation.number},   {"document", citation.document}, {"version", citation.version},
          {"chunk", citation.chunk},     {"title", citation.title},       {"uri", citation.uri},
          {"quote", citation.quote},     {"updated", render_time(citation.updated)}};
}

json::object outcome_json(const telemetry::Outcome& outcome) {
  return {{"id", outcome.id.text()},       {"time", render_time(outcome.time)}, {"trace", outcome.trace.text()},
          {"use_case", outcome.use_case},  {"name", outcome.name},              {"value", outcome.value},
          {"worth_usd", money_json(outcome.worth)}, {"source", outcome.source}};
}

json::object alert_json(const telemetry::Alert& alert) {
  return {{"id", alert.id.text()},
          {"key", alert.key},
          {"severity", alert.severity},
          {"title", alert.title},
          {"why", alert.why},
          {"object", alert.object},
          {"raised", render_time(alert.raised)},
          {"acknowledged", time_json(alert.acknowledged)},
          {"closed", time_json(alert.closed)}};
}

json::object live_json(const gateway::Live& live) {
  return {{"release", live.stable.id},
          {"prompt", live.stable.prompt_name},
          {"prompt_version", live.stable.prompt_version},
          {"index", digest_text(live.stable.index)},
          {"route", live.stable.route},
          {"canary", live.canary ? json::value(live.canary->id) : json::value(nullptr)},
          {"canary_percent", live.canary ? live.canary_basis_points / 100.0 : 0.0}};
}

Error not_found(std::string_view what, std::string_view name, const std::vector<std::string>& names) {
  Error error;
  error.code = ErrorCode::NotFound;
  error.message = fmt::format("no {} named \"{}\"", what, to_valid_utf8(utf8_prefix(name, 64)));
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  if (const auto near = nearest_name(name, candidates)) {
    error.fix = fmt::format("did you mean \"{}\"?", *near);
  } else if (!names.empty() && names.size() <= 8) {
    error.fix = "there are: " + join(names, ", ");
  }
  return error;
}

Result<gateway::UseCaseConfig> load_use_case(const gateway::Gateway& gateway, std::string_view name) {
  const auto state = gateway.state();
  std::vector<std::string> names;
  if (state) {
    for (const auto& use_case : state->config.use_cases) {
      if (use_case.name == name) return use_case;
      names.push_back(use_case.name);
    }
  }
  return std::unexpected(not_found("use case", name, names));
}

const finops::BudgetStatus* find_budget(const std::vector<finops::BudgetStatus>& budgets, std::string_view scope) {
  for (const auto& budget : budgets) {
    if (budget.definition.scope == scope) return &budget;
  }
  return nullptr;
}

}  // namespace millwright::api
