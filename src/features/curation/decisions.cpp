#include "features/curation/decisions.hpp"

#include <charconv>

#include "base/text.hpp"
#include "features/audit/audit.hpp"
#include "store/writer.hpp"

namespace millwright::curation {

namespace {

constexpr std::string_view request_kind = "dataset.approve";

/// "dataset/it-kb@3"
std::optional<std::pair<std::string, std::int64_t>> parse_object(std::string_view object) {
  const std::size_t at = object.rfind('@');
  if (!object.starts_with("dataset/") || at == std::string_view::npos) return std::nullopt;
  std::int64_t version = 0;
  const std::string_view digits = object.substr(at + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return std::pair(std::string(object.substr(8, at - 8)), version);
}

}  // namespace

std::string version_object(std::string_view dataset, std::int64_t version) {
  return fmt::format("dataset/{}@{}", dataset, version);
}

Decisions::Decisions(CurationDependencies& dependencies) : dependencies_(dependencies) {
  dependencies_.inbox.on_decision(std::string(request_kind),
                                  [this](store::Session& session, const approval::Request& request) {
                                    return apply_decision(session, request);
                                  });
}

/// A pending version that a newer one replaces can no longer be decided.
Result<void> Decisions::supersede(const StoredVersion& old, std::int64_t by) {
  if (const auto id = Id::parse(old.request)) {
    auto withdrawn = dependencies_.inbox.withdraw(*id, {.name = old.created_by, .role = identity::Role::Approver});
    if (!withdrawn && withdrawn.error().code != ErrorCode::Conflict && withdrawn.error().code != ErrorCode::NotFound) {
      return pass(withdrawn);
    }
  }
  const Decision decision{old.version.dataset, old.version.version, DatasetState::Rejected,
                          fmt::format("superseded by version {}", by), "superseded", dependencies_.clock.now()};
  return dependencies_.writer.run([&](store::Session& session) { return decide_version(session, decision); });
}

Result<void> Decisions::ask(const DatasetConfig& dataset, const StoredVersion& stored) {
  const DatasetVersion& version = stored.version;
  auto id = dependencies_.inbox.open(
      {.kind = std::string(request_kind), .object = version_object(version.dataset, version.version),
       .title = fmt::format("Approve version {} of dataset {} ({} documents: {} added, {} changed, {} removed)",
                            version.version, version.dataset, version.documents, version.added, version.changed,
                            version.removed),
       .plan = {{"owner", dataset.owner}, {"digest", version.digest.text()},
                {"change_log", utf8_prefix(version.change_log, 64 * 1024)}},
       .requested_by = stored.created_by, .eyes = approval::Eyes::Two});
  if (!id) return pass(id);
  return dependencies_.writer.run(
      [&](store::Session& session) { return set_request(session, version, id->text()); });
}

/// Runs inside the transaction of the inbox.
Result<void> Decisions::apply_decision(store::Session& session, const approval::Request& request) {
  const auto object = parse_object(request.object);
  if (!object) return fail(ErrorCode::InvalidInput, "\"{}\" names no dataset version", request.object);
  const bool is_approved = request.state == approval::State::Approved;
  const Decision decision{object->first, object->second, is_approved ? DatasetState::Approved : DatasetState::Rejected,
                          request.decided_by, request.reason, request.decided_at.value_or(dependencies_.clock.now())};
  if (auto decided = decide_version(session, decision); !decided) return decided;
  return dependencies_.audit.append(
      session, {.actor = request.decided_by, .action = is_approved ? "dataset.approve" : "dataset.reject",
                .object = request.object, .detail = {{"reason", request.reason}, {"request", request.id.text()}}});
}

Result<DatasetVersion> Decisions::decide(std::string_view dataset, std::int64_t version, std::string_view actor,
                                               std::string_view reason, DatasetState state) {
  auto all = list_versions(dependencies_.database, dataset);
  if (!all) return pass(all);
  const auto found = std::ranges::find_if(*all, [&](const auto& stored) { return stored.version.version == version; });
  if (found == all->end()) return fail(ErrorCode::NotFound, "no version {} of dataset {}", version, dataset);
  if (found->version.state == state) return found->version;
  if (found != all->begin()) {
    return fail(ErrorCode::Conflict, "version {} of dataset {} is {}; the newest is {}", version, dataset,
                state_name(found->version.state), all->front().version.version);
  }
  const auto request_id = Id::parse(found->request);
  bool is_asked = false;
  if (request_id) {
    auto request = dependencies_.inbox.load(*request_id);
    is_asked = request && request->is_open();
  }
  if (is_asked) {
    const auto verdict = state == DatasetState::Approved ? approval::Verdict::Approve : approval::Verdict::Reject;
    auto decided = dependencies_.inbox.decide(*request_id, verdict,
                                              {.name = std::string(actor), .role = identity::Role::Admin}, reason);
    if (!decided) return pass(decided);
  } else {
    const Decision decision{std::string(dataset), version, state, std::string(actor), std::string(reason),
                            dependencies_.clock.now()};
    audit::Entry entry{.actor = std::string(actor),
                       .action = state == DatasetState::Approved ? "dataset.approve" : "dataset.reject",
                       .object = version_object(dataset, version), .detail = {{"reason", reason}}};
    auto written = dependencies_.writer.run([&](store::Session& session) -> Result<void> {
      if (auto decided = decide_version(session, decision); !decided) return decided;
      return dependencies_.audit.append(session, entry);
    });
    if (!written) return pass(written);
  }
  auto now = load_version(dependencies_.database, dataset, version);
  if (!now) return pass(now);
  return std::move(now->version);
}

}  // namespace millwright::curation
