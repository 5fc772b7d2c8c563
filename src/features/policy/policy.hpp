// Rules on data: which class may go to which provider, and what text may pass in and out.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/time.hpp"

namespace millwright::policy {

/// Ordered: a request's class is the highest of what was declared and what was found.
enum class DataClass : std::uint8_t { Public, Internal, Confidential, Restricted };
[[nodiscard]] std::string_view class_name(DataClass data_class);
[[nodiscard]] std::optional<DataClass> find_class(std::string_view name);

enum class RiskTier : std::uint8_t { T0, T1, T2, T3 };
[[nodiscard]] std::string_view tier_name(RiskTier tier);
[[nodiscard]] std::optional<RiskTier> find_tier(std::string_view name);

/// What a provider has promised, as recorded in the configuration.
struct Commitments {
  std::string training_use;                  // "never", "opt_out", "yes", "" = unknown
  std::optional<std::int64_t> retention_days;
  std::vector<std::string> subprocessors;
  std::string evidence;
  std::optional<Timestamp> expires;
};
struct ProviderFacts {
  std::string name;
  std::string region;
  std::string location;                      // "builtin", "on_prem", "" = outside
  Commitments commitments;
};

struct FlowQuery {
  std::string use_case;
  RiskTier tier = RiskTier::T1;
  DataClass data_class = DataClass::Confidential;
  const ProviderFacts* provider = nullptr;
  std::string region;                        // demanded by the caller, or empty
};
struct FlowVerdict {
  bool is_allowed = false;
  std::string rule;                          // id
  std::string reason;                        // one sentence with the facts that decided
  std::string fix;                           // what would change it
};

/// An immutable, loaded policy. Thread-safe; decisions take well under 50 µs.
class Policy {
 public:
  virtual ~Policy() = default;
  [[nodiscard]] virtual FlowVerdict decide(const FlowQuery& query, Timestamp now) const = 0;
  [[nodiscard]] virtual const Digest& digest() const = 0;
};

/// What is done about a finding.
enum class Action : std::uint8_t { Allow, Redact, Block };
[[nodiscard]] std::string_view action_name(Action action);

/// One detected span, in UTF-8 byte offsets of the text scanned.
struct Finding {
  std::string_view type;     // "email", "credit_card", "iban", "phone", "secret.aws_access_key", "injection.…"
  std::size_t start = 0;
  std::size_t end = 0;
  double score = 0;          // 0…1
  Action action = Action::Allow;
};

enum class Direction : std::uint8_t { Input, Output, Document };

struct ScanResult {
  std::vector<Finding> findings;       // in order of start, not overlapping
  Action verdict = Action::Allow;      // the strictest
  /// Raised by what was found and stays in the text: what Redact takes out does not count, but in a document (which is
  /// stored as it is) everything counts.
  DataClass data_class = DataClass::Public;
};

/// The compiled detectors and what to do about each finding. Immutable, thread-safe (scratch space is per thread).
class Guard {
 public:
  virtual ~Guard() = default;
  [[nodiscard]] virtual ScanResult scan(std::string_view text, Direction direction) const = 0;
  /// `text` with every Redact finding replaced by "[EMAIL]", "[CREDIT_CARD]"…
  [[nodiscard]] virtual std::string redact(std::string_view text, const ScanResult& result) const = 0;
  [[nodiscard]] virtual const Digest& digest() const = 0;

  /// For StreamGuard: what is decided about `text`, the part of a longer text that has arrived and is not yet released,
  /// with what stands before it. `found` has what starts in [from, open_from), in order of start, overlaps included.
  struct Part {
    std::vector<Finding> found;
    std::size_t open_from = 0;
  };
  /// Bytes before `from` that decisions may depend on and `text` must begin with, as far as they exist.
  [[nodiscard]] virtual std::size_t look_behind() const { return 0; }
  /// Without knowledge of the detectors everything stays open until the end, which is right for any Guard.
  [[nodiscard]] virtual Part scan_part(std::string_view text, std::size_t from, bool is_end, Direction direction) const;
};

/// Scans a text that arrives in pieces, with the same outcome as scanning it whole. Holds back only what may still
/// become part of a finding: as a rule the word being written, at most 16 KiB.
class StreamGuard {
 public:
  /// `guard` outlives the stream.
  StreamGuard(const Guard& guard, Direction direction);
  ~StreamGuard();
  /// Gives what is now safe to release (redacted), which may be empty. After a Block verdict gives nothing more.
  [[nodiscard]] std::string feed(std::string_view piece);
  /// The rest.
  [[nodiscard]] std::string finish();
  [[nodiscard]] Action verdict() const;
  /// Findings so far; offsets refer to the whole text.
  [[nodiscard]] const std::vector<Finding>& findings() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millwright::policy
