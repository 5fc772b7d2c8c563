#include "features/batches/record.hpp"

#include <algorithm>
#include <array>

namespace millwright::batches {
namespace {

struct NamedTime {
  const char* name;
  std::optional<Timestamp> Batch::* time;
};
constexpr std::array<NamedTime, 7> times{{{"in_progress_at", &Batch::in_progress_at},
                                          {"finalizing_at", &Batch::finalizing_at},
                                          {"completed_at", &Batch::completed_at},
                                          {"failed_at", &Batch::failed_at},
                                          {"expired_at", &Batch::expired_at},
                                          {"cancelling_at", &Batch::cancelling_at},
                                          {"cancelled_at", &Batch::cancelled_at}}};
struct NamedText {
  const char* name;
  std::string Batch::* text;
};
constexpr std::array<NamedText, 8> texts{{{"id", &Batch::id},
                                          {"scope", &Batch::scope},
                                          {"owner", &Batch::owner},
                                          {"endpoint", &Batch::endpoint},
                                          {"window", &Batch::window},
                                          {"input_file", &Batch::input_file},
                                          {"output_file", &Batch::output_file},
                                          {"error_file", &Batch::error_file}}};
constexpr std::array<std::pair<const char*, std::string BatchCaller::*>, 6> caller_texts{
    {{"key", &BatchCaller::key},
     {"user", &BatchCaller::user},
     {"session", &BatchCaller::session},
     {"task", &BatchCaller::task},
     {"segment", &BatchCaller::segment},
     {"data_class", &BatchCaller::data_class}}};

json::value seconds(const std::optional<Timestamp>& time) {
  return time ? json::value(to_micros(*time) / 1'000'000) : json::value(nullptr);
}

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

json::array faults_json(const std::vector<LineFault>& faults) {
  json::array list;
  for (const auto& fault : faults) {
    list.push_back(json::object{{"code", fault.code},
                                {"message", fault.message},
                                {"param", text_or_null(fault.param)},
                                {"line", fault.line > 0 ? json::value(fault.line) : json::value(nullptr)}});
  }
  return list;
}

json::object pause_json(const Pause& pause) {
  return {{"reason", pause.reason},
          {"scope", pause.scope},
          {"approval", pause.approval},
          {"period_start", to_micros(pause.period_start)},
          {"limit", pause.limit.nano()},
          {"room", pause.room.nano()}};
}

json::object sent_json(const SentBatch& sent) {
  return {{"tag", sent.tag},           {"name", sent.name},
          {"provider", sent.provider}, {"model", sent.model},
          {"operation", sent.operation}, {"worst_case", sent.worst_case.nano()},
          {"sent_at", to_micros(sent.sent_at)}};
}

std::int64_t integer_of(const json::object& object, std::string_view name) {
  const auto* value = find_member(object, name);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

const json::object* object_of(const json::object& object, std::string_view name) {
  const auto* value = find_member(object, name);
  return value != nullptr ? value->if_object() : nullptr;
}

void read_parts(Batch& batch, const json::object& kept) {
  if (const auto* caller = object_of(kept, "caller")) {
    for (const auto& [name, member] : caller_texts) batch.caller.*member = string_member(*caller, name);
  }
  if (const auto* pause = object_of(kept, "pause")) {
    batch.pause = Pause{std::string(string_member(*pause, "reason")), std::string(string_member(*pause, "scope")),
                        std::string(string_member(*pause, "approval")), from_micros(integer_of(*pause, "period_start")),
                        Money::from_nano(integer_of(*pause, "limit")), Money::from_nano(integer_of(*pause, "room"))};
  }
  if (const auto* sent = object_of(kept, "sent")) {
    batch.sent = SentBatch{std::string(string_member(*sent, "tag")),      std::string(string_member(*sent, "name")),
                           std::string(string_member(*sent, "provider")), std::string(string_member(*sent, "model")),
                           std::string(string_member(*sent, "operation")),
                           Money::from_nano(integer_of(*sent, "worst_case")), from_micros(integer_of(*sent, "sent_at"))};
  }
  if (const auto* faults = find_member(kept, "faults"); faults != nullptr && faults->is_array()) {
    for (const auto& fault : faults->get_array()) {
      if (!fault.is_object()) continue;
      const auto& object = fault.get_object();
      batch.faults.push_back({std::string(string_member(object, "code")), std::string(string_member(object, "message")),
                              std::string(string_member(object, "param")), integer_of(object, "line")});
    }
  }
  if (const auto* models = find_member(kept, "models"); models != nullptr && models->is_array()) {
    for (const auto& model : models->get_array()) {
      if (model.is_string()) batch.models.emplace_back(model.get_string());
    }
  }
}

}  // namespace

std::string_view status_name(Status status) {
  switch (status) {
    case Status::Validating: return "validating";
    case Status::InProgress: return "in_progress";
    case Status::Finalizing: return "finalizing";
    case Status::Completed: return "completed";
    case Status::Failed: return "failed";
    case Status::Expired: return "expired";
    case Status::Cancelling: return "cancelling";
    case Status::Cancelled: return "cancelled";
  }
  return {};
}

std::optional<Status> find_status(std::string_view name) {
  using enum Status;
  for (const auto status : {Validating, InProgress, Finalizing, Completed, Failed, Expired, Cancelling, Cancelled}) {
    if (status_name(status) == name) return status;
  }
  return std::nullopt;
}

json::object to_json(const Batch& batch) {
  json::object shown{{"id", batch.id}, {"object", "batch"}, {"endpoint", batch.endpoint}};
  shown["errors"] = nullptr;
  if (!batch.faults.empty()) shown["errors"] = json::object{{"object", "list"}, {"data", faults_json(batch.faults)}};
  shown["input_file_id"] = batch.input_file;
  shown["completion_window"] = batch.window;
  shown["status"] = status_name(batch.status);
  shown["output_file_id"] = text_or_null(batch.output_file);
  shown["error_file_id"] = text_or_null(batch.error_file);
  shown["created_at"] = to_micros(batch.created) / 1'000'000;
  shown["expires_at"] = to_micros(batch.deadline) / 1'000'000;
  for (const auto& [name, time] : times) shown[name] = seconds(batch.*time);
  shown["request_counts"] = json::object{
      {"total", batch.counts.total}, {"completed", batch.counts.completed}, {"failed", batch.counts.failed}};
  shown["metadata"] = batch.metadata.empty() ? json::value(nullptr) : json::value(batch.metadata);
  json::object own{{"deadline", render_time(batch.deadline)},
                   {"off_peak", off_peak_name(batch.off_peak)},
                   {"provider_batch", provider_batch_name(batch.provider_batch)},
                   {"cost_usd", render_decimal(batch.cost)}};
  if (batch.pause) {
    own["paused"] = batch.pause->reason;
    if (!batch.pause->approval.empty()) own["approval"] = batch.pause->approval;
  }
  if (batch.is_overrun_approved) own["overrun_approved"] = true;
  if (batch.sent) own["provider"] = batch.sent->provider;
  if (batch.waits_until) own["waits_until"] = render_time(*batch.waits_until);
  if (!batch.waits_for.empty()) own["waits_for"] = batch.waits_for;
  shown["millwright"] = std::move(own);
  return shown;
}

std::string render_record(const Batch& batch) {
  json::object kept;
  for (const auto& [name, member] : texts) kept[name] = batch.*member;
  kept["status"] = status_name(batch.status);
  kept["created"] = to_micros(batch.created);
  kept["deadline"] = to_micros(batch.deadline);
  for (const auto& [name, time] : times) {
    if (batch.*time) kept[name] = to_micros(*(batch.*time));
  }
  kept["metadata"] = batch.metadata;
  kept["faults"] = faults_json(batch.faults);
  kept["total"] = batch.counts.total;
  kept["completed"] = batch.counts.completed;
  kept["failed"] = batch.counts.failed;
  kept["cost"] = batch.cost.nano();
  json::object caller;
  for (const auto& [name, member] : caller_texts) caller[name] = batch.caller.*member;
  kept["caller"] = std::move(caller);
  kept["off_peak"] = off_peak_name(batch.off_peak);
  kept["provider_batch"] = provider_batch_name(batch.provider_batch);
  json::array models;
  for (const auto& model : batch.models) models.emplace_back(model);
  kept["models"] = std::move(models);
  if (batch.output_expires_after) kept["output_expires_after"] = batch.output_expires_after->count();
  if (batch.pause) kept["pause"] = pause_json(*batch.pause);
  if (batch.is_overrun_approved) kept["overrun_approved"] = true;
  if (batch.sent) kept["sent"] = sent_json(*batch.sent);
  return json::serialize(kept);
}

Result<Batch> parse_record(std::string_view text) {
  auto parsed = parse_json_object(text);
  const auto status = parsed ? find_status(string_member(*parsed, "status")) : std::nullopt;
  if (!status) return fail(ErrorCode::Corrupt, "a kept batch cannot be read");
  const auto& kept = *parsed;
  Batch batch;
  for (const auto& [name, member] : texts) batch.*member = string_member(kept, name);
  batch.status = *status;
  batch.created = from_micros(integer_of(kept, "created"));
  batch.deadline = from_micros(integer_of(kept, "deadline"));
  for (const auto& [name, time] : times) {
    if (find_member(kept, name) != nullptr) batch.*time = from_micros(integer_of(kept, name));
  }
  if (const auto* metadata = object_of(kept, "metadata")) batch.metadata = *metadata;
  batch.counts = {integer_of(kept, "total"), integer_of(kept, "completed"), integer_of(kept, "failed")};
  batch.cost = Money::from_nano(integer_of(kept, "cost"));
  batch.off_peak = find_off_peak(string_member(kept, "off_peak")).value_or(OffPeak::Prefer);
  batch.provider_batch = find_provider_batch(string_member(kept, "provider_batch")).value_or(ProviderBatch::Prefer);
  if (find_member(kept, "output_expires_after") != nullptr) {
    batch.output_expires_after = Duration(integer_of(kept, "output_expires_after"));
  }
  batch.is_overrun_approved = find_member(kept, "overrun_approved") != nullptr;
  read_parts(batch, kept);
  return batch;
}

}  // namespace millwright::batches
