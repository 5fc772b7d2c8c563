// Traces in segments: a batch of encoded traces is one row, found again by the range of ids it holds.
#include "features/telemetry/telemetry.hpp"
#include "features/telemetry/telemetry_sql.hpp"

namespace millwright::telemetry {
namespace {

/// The last line of this trace among lines, or an empty view: attempts that were not kept have theirs before it. Lines
/// begin with the id (see append_json).
std::string_view find_line(std::string_view lines, std::string_view id) {
  const std::string start = "{\"id\":\"" + std::string(id) + "\"";
  for (std::size_t at = lines.rfind(start); at != std::string_view::npos; at = lines.rfind(start, at - 1)) {
    if (at == 0 || lines[at - 1] == '\n') return lines.substr(at, lines.find('\n', at) - at);
  }
  return {};
}

}  // namespace

TraceStore::TraceStore(store::Database& database, store::Writer& writer) : database_(database), writer_(writer) {}
TraceStore::~TraceStore() = default;

Result<void> TraceStore::append_segment(store::Session& session, std::string_view lines, Id first, Id last,
                                        std::int64_t count) const {
  ensure(first <= last, "the first trace of a segment is not after its last");
  if (lines.empty() || count <= 0) return {};
  auto written = session.execute(sql::insert_segment, {Id::generate().text(), first.text(), last.text(),
                                                       to_micros(last.time()), count, std::string(lines)});
  if (!written) return pass(written);
  return {};
}

Result<Trace> TraceStore::load(Id id) const {
  auto trace = find(id);
  if (trace ? trace->status == TraceStatus::Ok : trace.error().code != ErrorCode::NotFound) return trace;
  auto flushed = writer_.flush();   // it, or what became of it after this attempt, may be on its way into the database
  if (!flushed) return pass(flushed);
  return find(id);
}

Result<Trace> TraceStore::find(Id id) const {
  const std::string text = id.text();
  auto segments = database_.select(sql::segments_around, {text, text});
  if (!segments) return pass(segments);
  std::vector<std::string> newest_first;
  for (const store::Row& segment : *segments) newest_first.push_back(segment.text(0));
  std::ranges::sort(newest_first, std::greater());
  for (const std::string& segment : newest_first) {
    auto rows = database_.select(sql::segment_lines, {segment});
    if (!rows) return pass(rows);
    if (rows->empty()) continue;  // dropped meanwhile
    const std::string_view line = find_line((*rows)[0].text(0), text);
    if (!line.empty()) return parse_trace(line);
  }
  return fail(ErrorCode::NotFound, "no trace {}", text);
}

Result<std::int64_t> TraceStore::drop_before(Timestamp time) {
  std::int64_t dropped = 0;
  auto done = writer_.run([&dropped, time](store::Session& session) -> Result<void> {
    auto count = session.query(sql::count_old_traces, {to_micros(time)});
    if (!count) return pass(count);
    dropped = (*count)[0].integer(0);
    auto removed = session.execute(sql::delete_old_segments, {to_micros(time)});
    if (!removed) return pass(removed);
    return {};
  });
  if (!done) return pass(done);
  return dropped;
}

}  // namespace millwright::telemetry
