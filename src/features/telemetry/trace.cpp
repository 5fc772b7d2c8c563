// A trace as one line of JSON, and its timers.
#include "features/telemetry/trace.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "features/telemetry/json_writer.hpp"

namespace millwright::telemetry {
namespace {

constexpr std::array<std::string_view, 5> status_names{"ok", "refused", "failed", "cancelled", "interrupted"};

void append_tokens(std::string& out, const TokenCounts& tokens, TraceMembers members) {
  const auto always = members == TraceMembers::All ? common_meters : 0;
  ObjectWriter object(out);
  for (std::size_t i = 0; i < token_meters.size(); ++i) {
    const auto count = tokens.*token_meters[i].count;
    if (i < always || count != 0) object.integer(token_meters[i].name, count);
  }
  object.end();
}

void append_one(std::string& out, const UsedDocument& used) {
  ObjectWriter object(out);
  object.text("document", used.document);
  object.text("version", used.version);
  object.text("chunk", used.chunk);
  object.text("title", used.title);
  object.real("score", used.score);
  object.boolean("is_cited", used.is_cited);
  object.end();
}

void append_one(std::string& out, const Decision& decision) {
  ObjectWriter object(out);
  object.text("stage", decision.stage);
  object.text("verdict", decision.verdict);
  object.text_if_set("rule", decision.rule);
  if (!decision.evidence.empty()) append_json_value(object.key("evidence"), decision.evidence);
  object.end();
}

void append_one(std::string& out, const Span& span) {
  ObjectWriter object(out);
  object.text("name", span.name);
  object.integer("start_us", span.start_us);
  object.integer("duration_us", span.duration_us);
  if (span.parent >= 0) object.integer("parent", span.parent);
  if (!span.attributes.empty()) append_json_value(object.key("attributes"), span.attributes);
  object.end();
}

template <class Item>
void append_list(std::string& out, const std::vector<Item>& items) {
  out.push_back('[');
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out.push_back(',');
    append_one(out, items[i]);
  }
  out.push_back(']');
}

/// The text members of a trace by their JSON names: one table for writing and reading.
using Member = std::pair<std::string_view, std::string Trace::*>;
constexpr std::array<Member, 19> text_members{{{"surface", &Trace::surface},
                                               {"use_case", &Trace::use_case},
                                               {"team", &Trace::team},
                                               {"user", &Trace::user},
                                               {"key_name", &Trace::key_name},
                                               {"session", &Trace::session},
                                               {"segment", &Trace::segment},
                                               {"task", &Trace::task},
                                               {"environment", &Trace::environment},
                                               {"release", &Trace::release},
                                               {"prompt", &Trace::prompt},
                                               {"prompt_version", &Trace::prompt_version},
                                               {"route", &Trace::route},
                                               {"model", &Trace::model},
                                               {"provider", &Trace::provider},
                                               {"provider_model", &Trace::provider_model},
                                               {"data_class", &Trace::data_class},
                                               {"policy_digest", &Trace::policy_digest},
                                               {"cache", &Trace::cache}}};

std::int64_t integer_of(const json::object& object, std::string_view name) {
  const json::value* value = find_member(object, name);
  if (value == nullptr) return 0;
  if (value->is_int64()) return value->get_int64();
  if (value->is_uint64()) return std::numeric_limits<std::int64_t>::max();
  return 0;
}
template <class Number>
Number small_of(const json::object& object, std::string_view name) {
  const std::int64_t value = integer_of(object, name);
  return static_cast<Number>(
      std::clamp<std::int64_t>(value, std::numeric_limits<Number>::min(), std::numeric_limits<Number>::max()));
}
bool boolean_of(const json::object& object, std::string_view name) {
  const json::value* value = find_member(object, name);
  return value != nullptr && value->is_bool() && value->get_bool();
}
double real_of(const json::object& object, std::string_view name) {
  const json::value* value = find_member(object, name);
  if (value == nullptr || !value->is_number()) return 0;
  return value->to_number<double>();
}
Money money_of(const json::object& object, std::string_view name) {
  std::string text(string_member(object, name));
  const bool is_negative = text.starts_with('-');
  if (is_negative) text.erase(0, 1);
  const auto money = parse_money(text + " USD");
  if (!money) return {};
  return is_negative ? Money() - *money : *money;
}
/// As the writer writes it: numbers in their shortest form, which Boost.JSON would write as 1.5E0.
void append_value(std::string& out, const json::value& value) {
  if (value.is_object()) {
    ObjectWriter object(out);
    for (const auto& [name, member] : value.get_object()) append_value(object.quoted_key(name), member);
    object.end();
  } else if (value.is_array()) {
    out.push_back('[');
    bool is_first = true;
    for (const json::value& item : value.get_array()) {
      if (!is_first) out.push_back(',');
      is_first = false;
      append_value(out, item);
    }
    out.push_back(']');
  } else if (value.is_string()) {
    append_json_string(out, value.get_string());
  } else if (value.is_double()) {
    append_json_number(out, value.get_double());
  } else {
    out.append(json::serialize(value));
  }
}

/// Embedded JSON, as text again; a string that could not be embedded is given back as it was.
std::string embedded(const json::object& object, std::string_view name) {
  const json::value* value = find_member(object, name);
  if (value == nullptr || value->is_null()) return {};
  if (value->is_string()) return std::string(value->get_string());
  std::string text;
  append_value(text, *value);
  return text;
}

template <class Read>
void each_object(const json::object& object, std::string_view name, Read read) {
  const json::value* list = find_member(object, name);
  if (list == nullptr || !list->is_array()) return;
  for (const json::value& item : list->get_array()) {
    if (item.is_object()) read(item.get_object());
  }
}

void read_lists(const json::object& object, Trace& trace) {
  each_object(object, "documents", [&trace](const json::object& item) {
    trace.documents.push_back({std::string(string_member(item, "document")),
                               std::string(string_member(item, "version")), std::string(string_member(item, "chunk")),
                               std::string(string_member(item, "title")), real_of(item, "score"),
                               boolean_of(item, "is_cited")});
  });
  each_object(object, "decisions", [&trace](const json::object& item) {
    trace.decisions.push_back({std::string(string_member(item, "stage")), std::string(string_member(item, "verdict")),
                               std::string(string_member(item, "rule")), embedded(item, "evidence")});
  });
  each_object(object, "spans", [&trace](const json::object& item) {
    const bool has_parent = find_member(item, "parent") != nullptr;
    trace.spans.push_back({std::string(string_member(item, "name")), small_of<std::uint32_t>(item, "start_us"),
                           small_of<std::uint32_t>(item, "duration_us"),
                           has_parent ? small_of<std::int32_t>(item, "parent") : -1, embedded(item, "attributes")});
  });
}

void append_outcome_members(ObjectWriter& object, const Trace& trace, bool has_all) {
  object.integer("duration_us", trace.duration_us);
  if (has_all || trace.first_token_us != 0) object.integer("first_token_us", trace.first_token_us);
  object.text("status", status_name(trace.status));
  object.integer("http_status", trace.http_status);
  object.text_if_set("error_code", trace.error_code);
  object.text_if_set("error_message", trace.error_message);
}

}  // namespace

std::string render_evidence(std::initializer_list<EvidenceItem> items) {
  std::string text;
  if (items.size() == 0) return text;
  text.reserve(96);
  ObjectWriter object(text);
  for (const auto& item : items) {
    if (const auto* flag = std::get_if<bool>(&item.content)) object.boolean(item.name, *flag);
    else if (const auto* whole = std::get_if<std::int64_t>(&item.content)) object.integer(item.name, *whole);
    else if (const auto* real = std::get_if<double>(&item.content)) object.real(item.name, *real);
    else object.text(item.name, std::get<std::string_view>(item.content));
  }
  object.end();
  return text;
}

std::string_view status_name(TraceStatus status) { return status_names.at(static_cast<std::size_t>(status)); }

void append_json(std::string& out, const Trace& trace, TraceMembers members) {
  const bool has_all = members == TraceMembers::All;
  constexpr std::size_t usual_bytes = 2048;
  if (out.capacity() - out.size() < usual_bytes) out.reserve(std::max(out.size() + usual_bytes, 2 * out.capacity()));
  ObjectWriter object(out);
  object.id("id", trace.id);
  object.time("start", trace.start);
  append_outcome_members(object, trace, has_all);
  for (const auto& [name, member] : text_members) object.text_if_set(name, trace.*member);
  for (const auto& [name, is_set] : {std::pair{"is_streamed", trace.is_streamed},
                                     std::pair{"is_estimated", trace.is_estimated},
                                     std::pair{"is_unpriced", trace.is_unpriced}}) {
    if (has_all || is_set) object.boolean(name, is_set);
  }
  object.integer("attempts", trace.attempts);
  object.integer("response_bytes", trace.response_bytes);
  append_tokens(object.key("tokens"), trace.tokens, members);
  object.money("cost_usd", trace.cost);
  if (has_all || trace.saved != Money()) object.money("saved_usd", trace.saved);
  if (has_all || !trace.documents.empty()) append_list(object.key("documents"), trace.documents);
  append_list(object.key("decisions"), trace.decisions);
  append_list(object.key("spans"), trace.spans);
  object.end();
}

Result<Trace> parse_trace(std::string_view json_line) {
  auto object = parse_json_object(json_line);
  if (!object) return pass(object);
  Trace trace;
  auto id = Id::parse(string_member(*object, "id"));
  if (!id) return pass(id);
  trace.id = *id;
  auto start = parse_time(string_member(*object, "start"));
  if (!start) return pass(start);
  trace.start = *start;
  const auto status = std::ranges::find(status_names, string_member(*object, "status"));
  if (status == status_names.end()) return fail(ErrorCode::Corrupt, "the trace has no known status");
  trace.status = static_cast<TraceStatus>(status - status_names.begin());
  trace.duration_us = small_of<std::uint32_t>(*object, "duration_us");
  trace.first_token_us = small_of<std::uint32_t>(*object, "first_token_us");
  trace.http_status = small_of<std::uint16_t>(*object, "http_status");
  trace.error_code = string_member(*object, "error_code");
  trace.error_message = string_member(*object, "error_message");
  for (const auto& [name, member] : text_members) trace.*member = string_member(*object, name);
  trace.is_streamed = boolean_of(*object, "is_streamed");
  trace.is_estimated = boolean_of(*object, "is_estimated");
  trace.is_unpriced = boolean_of(*object, "is_unpriced");
  trace.attempts = small_of<std::uint32_t>(*object, "attempts");
  trace.response_bytes = small_of<std::uint32_t>(*object, "response_bytes");
  if (const json::value* tokens = find_member(*object, "tokens"); tokens != nullptr && tokens->is_object()) {
    const json::object& counts = tokens->get_object();
    for (const auto& meter : token_meters) trace.tokens.*meter.count = integer_of(counts, meter.name);
  }
  trace.cost = money_of(*object, "cost_usd");
  trace.saved = money_of(*object, "saved_usd");
  read_lists(*object, trace);
  return trace;
}

SpanTimer::SpanTimer(Trace& trace, std::string name, std::int32_t parent)
    : trace_(trace), index_(static_cast<std::int32_t>(trace.spans.size())), start_(std::chrono::steady_clock::now()) {
  trace_.spans.push_back(
      {.name = std::move(name), .start_us = 0, .duration_us = 0, .parent = parent, .attributes = {}});
  // The trace began at a wall-clock time; spans are placed by how much of it has passed.
  const auto since =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now() - trace.start).count();
  if (trace.start != Timestamp{} && since > 0) {
    trace_.spans.back().start_us =
        static_cast<std::uint32_t>(std::min<std::int64_t>(since, std::numeric_limits<std::uint32_t>::max()));
  }
}

void SpanTimer::close() {
  if (!is_open_) return;
  is_open_ = false;
  const auto took =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start_).count();
  trace_.spans[static_cast<std::size_t>(index_)].duration_us =
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(took, 0, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace millwright::telemetry
