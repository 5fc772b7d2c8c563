// The record of one request: what it was, which stages decided what, how long each part took, what it cost.
//
// Built on the hot path, so: plain values, no locks, encoded once when the request ends.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "base/id.hpp"
#include "base/json.hpp"
#include "base/money.hpp"
#include "base/time.hpp"

namespace millwright::telemetry {

/// What one stage decided: every stage that can change, refuse or redirect a request leaves one.
struct Decision {
  std::string stage;      // "authenticate", "policy", "budget", "guard.input", "cache", "retrieve", "route", …
  std::string verdict;    // "allow", "deny", "redact", "hit", "miss", "fallback", …
  std::string rule;       // id of the rule that decided, as written in the configuration
  std::string evidence;   // JSON text: numbers, thresholds, names; never a prompt, a secret or personal data
};

/// One named value of a decision's evidence. The views live until the evidence is rendered.
struct EvidenceItem {
  template <class Value>
  EvidenceItem(std::string_view name, const Value& value) : name(name) {
    if constexpr (std::is_same_v<Value, bool>) content = value;
    else if constexpr (std::is_integral_v<Value>) content = static_cast<std::int64_t>(value);
    else if constexpr (std::is_floating_point_v<Value>) content = static_cast<double>(value);
    else content = std::string_view(value);
  }
  std::string_view name;   // a plain identifier
  std::variant<bool, std::int64_t, double, std::string_view> content;
};
/// JSON text of an object of these values; empty for none.
[[nodiscard]] std::string render_evidence(std::initializer_list<EvidenceItem> items);

struct Span {
  std::string name;                 // "admission", "retrieve", "provider acme", …
  std::uint32_t start_us = 0;       // since the start of the trace
  std::uint32_t duration_us = 0;
  std::int32_t parent = -1;         // index of the enclosing span
  std::string attributes;           // JSON text of an object, or empty
};

/// A document that was put before the model.
struct UsedDocument {
  std::string document;   // id
  std::string version;
  std::string chunk;
  std::string title;
  double score = 0;
  bool is_cited = false;
};

/// Token counts, disjoint: their sum is all that was processed.
struct TokenCounts {
  std::int64_t input = 0;         // uncached
  std::int64_t cache_read = 0;
  std::int64_t cache_write = 0;
  std::int64_t output = 0;        // visible
  std::int64_t reasoning = 0;
  std::int64_t cache_write_1h = 0;   // kept for an hour; cache_write holds those of the usual time
  std::int64_t audio_in = 0, audio_out = 0, image_in = 0, image_out = 0;   // tokens, or pieces where those are billed
  std::int64_t tool_requests = 0;    // of tools the provider runs itself, as web searches
  bool operator==(const TokenCounts&) const = default;
  TokenCounts& operator+=(const TokenCounts& other);
};
/// All meters by their stable names, in the order of columns and reports.
struct TokenMeter {
  std::string_view name;
  std::int64_t TokenCounts::*count;
};
inline constexpr std::array<TokenMeter, 11> token_meters{{{"input", &TokenCounts::input},
                                                          {"cache_read", &TokenCounts::cache_read},
                                                          {"cache_write", &TokenCounts::cache_write},
                                                          {"output", &TokenCounts::output},
                                                          {"reasoning", &TokenCounts::reasoning},
                                                          {"cache_write_1h", &TokenCounts::cache_write_1h},
                                                          {"audio_in", &TokenCounts::audio_in},
                                                          {"audio_out", &TokenCounts::audio_out},
                                                          {"image_in", &TokenCounts::image_in},
                                                          {"image_out", &TokenCounts::image_out},
                                                          {"tool_requests", &TokenCounts::tool_requests}}};
/// The first meters, which every call has; the others are written only where they are not zero.
inline constexpr std::size_t common_meters = 5;

inline TokenCounts& TokenCounts::operator+=(const TokenCounts& other) {
  for (const auto& meter : token_meters) this->*meter.count += other.*meter.count;
  return *this;
}

enum class TraceStatus : std::uint8_t { Ok, Refused, Failed, Cancelled, Interrupted };
[[nodiscard]] std::string_view status_name(TraceStatus status);

struct Trace {
  Id id;
  Timestamp start;
  std::uint32_t duration_us = 0;
  std::uint32_t first_token_us = 0;   // 0: not streamed, or no token
  TraceStatus status = TraceStatus::Ok;
  std::uint16_t http_status = 0;
  std::string error_code;             // of base/error.hpp, when not Ok
  std::string error_message;
  std::string surface;                // "chat", "chat.stream", "ask", "evaluation", …
  std::string use_case, team, user, key_name, session, segment, task, environment;
  std::string release;                // id of the signed release, or "config@<digest>" before the first one
  std::string prompt, prompt_version;
  std::string route, model, provider, provider_model;   // provider_model: as the provider named it in its answer
  std::string data_class, policy_digest;
  std::string cache;                  // "hit", "miss", "off"
  bool is_streamed = false;
  bool is_estimated = false;          // usage was not reported and had to be estimated
  bool is_unpriced = false;
  std::uint32_t attempts = 0;
  std::uint32_t response_bytes = 0;
  TokenCounts tokens;
  Money cost;
  Money saved;                        // by a cache hit
  std::vector<UsedDocument> documents;
  std::vector<Decision> decisions;
  std::vector<Span> spans;
};

/// What is written of a trace. Told: members that say nothing (0, false, an empty list) are left out; for what is kept.
enum class TraceMembers : bool { All, Told };
/// One line of JSON, and back. The JSON shape is that of GET /api/v1/traces/{id}.
void append_json(std::string& out, const Trace& trace, TraceMembers members = TraceMembers::All);
[[nodiscard]] Result<Trace> parse_trace(std::string_view json_line);

/// Times a stage into `trace.spans`: made at its start, closed by the destructor or close().
class SpanTimer {
 public:
  SpanTimer(Trace& trace, std::string name, std::int32_t parent = -1);
  ~SpanTimer() { close(); }
  SpanTimer(const SpanTimer&) = delete;
  SpanTimer& operator=(const SpanTimer&) = delete;
  void close();
  [[nodiscard]] std::int32_t index() const { return index_; }

 private:
  Trace& trace_;
  std::int32_t index_;
  std::chrono::steady_clock::time_point start_;
  bool is_open_ = true;
};

}  // namespace millwright::telemetry
