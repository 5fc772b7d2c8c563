#include "features/ingestion/intake.hpp"

namespace millwright::ingestion {

namespace {

Taken broken(Error error) {
  Taken taken;
  taken.error = std::move(error);
  return taken;
}

Taken reload(const Landed& known, const IntakeContext& context) {
  Taken taken;
  taken.raw = known.document.raw;
  taken.bytes = known.document.bytes;
  auto bytes = context.blobs.load(known.document.parsed);
  if (!bytes) return broken(bytes.error());
  taken.parsed = decode(*bytes);
  taken.parsed_digest = known.document.parsed;
  return taken;
}

Taken fetch(const PlannedItem& planned, const IntakeContext& context) {
  Taken taken;
  auto bytes = context.connector.fetch(planned.item, context.bytes_max);
  if (!bytes) return broken(bytes.error());
  taken.raw = sha256(*bytes);
  taken.bytes = bytes->size();
  if (context.erased.contains(taken.raw)) {
    taken.is_erased = true;
    return taken;
  }
  const bool was_landed = planned.known && planned.known->document.raw == taken.raw &&
                          planned.known->document.verdict != Verdict::Deleted && !planned.known->document.parsed.is_none();
  const bool may_be_renamed = !planned.known && context.missing.contains(taken.raw);
  if (!context.is_full && (was_landed || may_be_renamed)) {
    taken.is_same = true;
    return taken;
  }
  auto landed = context.blobs.put(*bytes);
  if (!landed) return broken(landed.error());
  taken.parsed = context.runner.parse(planned.item.path, *bytes);
  if (!*taken.parsed) return taken;
  auto stored = context.blobs.put(encode(*taken.parsed));
  if (!stored) return broken(stored.error());
  taken.parsed_digest = *stored;
  return taken;
}

}  // namespace

Taken take_in(const PlannedItem& planned, const IntakeContext& context) {
  try {
    if (planned.work == Work::Curate) return reload(*planned.known, context);
    if (planned.work == Work::Fetch && !planned.is_done) return fetch(planned, context);
    return {};
  } catch (const std::exception& e) {
    return broken(fail(ErrorCode::Internal, "{}", e.what()).error());
  }
}

}  // namespace millwright::ingestion
