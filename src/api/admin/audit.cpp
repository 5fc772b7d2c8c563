// The audit log: entries, verification of the whole, and the export that can be verified elsewhere.
#include "features/audit/audit.hpp"

#include "api/admin/groups.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

constexpr std::size_t export_bytes_max = 256u << 20;

Result<Response> list_audit(const AuditParts& parts, const Call& call) {
  Query query(call.request);
  const auto limit = query.limit();
  audit::Filter filter;
  filter.actor = query.text("actor");
  filter.action = query.text("action");
  filter.object = query.text("object");
  if (auto ok = query.check(); !ok) return pass(ok);
  const auto page = parts.audit->list(filter, query.cursor(), limit);
  if (!page) return std::unexpected(page.error());
  json::array items;
  for (const auto& record : page->records) {
    items.push_back(json::object{{"sequence", record.sequence},
                                 {"time", render_time(record.entry.time)},
                                 {"actor", record.entry.actor},
                                 {"action", record.entry.action},
                                 {"object", record.entry.object},
                                 {"detail", record.entry.detail},
                                 {"hash", record.leaf.text()}});
  }
  return page_answer(std::move(items), page->next);
}

Result<Response> verify(const AuditParts& parts, const Call&) {
  const auto verification = parts.audit->verify();
  if (!verification) return std::unexpected(verification.error());
  const auto& broken = verification->first_broken;
  return json_answer(json::object{{"is_intact", verification->is_intact},
                                  {"entries", verification->entries},
                                  {"checkpoints", verification->checkpoints},
                                  {"covered", verification->covered},
                                  {"first_broken", broken ? json::value(*broken) : json::value(nullptr)},
                                  {"detail", verification->finding},
                                  {"public_key", parts.audit->public_key()}});
}

Result<Response> export_audit(const AuditParts& parts, const Call&) {
  std::string lines;
  auto done = parts.audit->export_lines([&lines](std::string_view line) -> Result<void> {
    if (lines.size() + line.size() > export_bytes_max) {
      return fail(ErrorCode::TooLarge, "the export is larger than {}", render_size(export_bytes_max));
    }
    lines.append(line);
    lines += '\n';
    return {};
  });
  if (!done) return pass(done);
  return text_answer(std::move(lines), "application/jsonl");
}

}  // namespace

Routes audit_routes(const AuditParts& parts) {
  using enum io::http::Method;
  return {
      row(Get, "/api/v1/audit", Access::Approver, list_audit, parts),
      row(Get, "/api/v1/audit/verify", Access::Approver, verify, parts),
      row(Get, "/api/v1/audit/export", Access::Approver, export_audit, parts),
  };
}

}  // namespace millwright::api
