// The guard: all detectors over one pattern database, and the configured action for each finding.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/text.hpp"
#include "features/policy/config.hpp"
#include "features/policy/guard_rules.hpp"
#include "features/policy/pattern_set.hpp"
#include "features/policy/resolve.hpp"

namespace millwright::policy {
namespace {

/// A guardrail that waits for a pattern: which one, which of its anchors the pattern is, and in which directions (bit
/// by bit) it listens.
struct Listener {
  const Guardrail* guardrail = nullptr;
  std::size_t anchor = 0;
  unsigned directions = 0;
};

constexpr unsigned bit_of(Direction direction) { return 1u << static_cast<unsigned>(direction); }

unsigned directions_of(const Guardrail& guardrail) {
  unsigned directions = 0;
  for (const Direction direction : {Direction::Input, Direction::Output, Direction::Document}) {
    if (guardrail.applies_to(direction)) directions |= bit_of(direction);
  }
  return directions;
}

/// One scan in progress.
struct Scan {
  std::string_view text;
  unsigned direction;  // its bit
  std::size_t from = 0, until = 0;  // candidates count that start in [from, until)
  Candidates candidates;
  std::vector<std::size_t> resume;  // by listener: hits up to here need no look
};

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u; }

/// The largest offset up to `at` that does not cut a code point of `text`, whose last one may still be incomplete.
std::size_t aligned(std::string_view text, std::size_t at) {
  std::size_t start = at;
  for (int i = 0; i < 3 && start > 0 && (start == text.size() || is_continuation(text[start])); ++i) {
    --start;
    const auto lead = static_cast<unsigned char>(text[start]);
    if (lead < 0x80u) return at;
    if (lead >= 0xC0u) {
      const std::size_t length = lead >= 0xF0u ? 4 : lead >= 0xE0u ? 3 : 2;
      return start + length > at ? start : at;
    }
  }
  return at;
}

class Engine final : public Guard {
 public:
  Engine(Guardrails guardrails, GuardSettings settings) : guardrails_(std::move(guardrails)) {
    score_min_ = settings.score_min;
    for (const std::string& glob : settings.allow) allow_.push_back(to_lower_ascii(glob));
    std::string canonical = fmt::format("guard/v1 score_min={}\n", settings.score_min);
    for (const auto& guardrail : guardrails_) {
      for (const FindingType& type : guardrail->types()) {
        const TypePolicy policy = policy_for(type, settings.rules);
        types_.emplace(type.name, policy);
        canonical +=
            fmt::format("{} {} {} {} {}\n", type.name, action_name(policy.actions[0]), action_name(policy.actions[1]),
                        action_name(policy.actions[2]), class_name(policy.raise_to));
      }
    }
    for (const std::string& glob : allow_) canonical += "allow " + glob + "\n";
    digest_ = sha256(canonical);
  }

  Result<void> compile() {
    std::vector<Anchor> unique;
    std::vector<std::vector<Listener>> groups;  // by pattern
    for (const auto& guardrail : guardrails_) {
      const auto anchors = guardrail->anchors();
      const unsigned directions = directions_of(*guardrail);
      for (std::size_t a = 0; a < anchors.size(); ++a) {
        const auto same = std::ranges::find_if(unique, [&anchors, a](const Anchor& known) {
          return known.expression == anchors[a].expression && known.is_caseless == anchors[a].is_caseless;
        });
        const auto place = static_cast<std::size_t>(same - unique.begin());
        if (same == unique.end()) {
          unique.push_back(anchors[a]);
          groups.emplace_back();
        }
        groups[place].push_back({guardrail.get(), a, directions});
      }
    }
    auto patterns = PatternSet::compile(unique);
    if (!patterns) return pass(patterns);
    patterns_ = std::move(*patterns);
    for (const auto& group : groups) {
      first_listener_.push_back(listeners_.size());
      listeners_.insert(listeners_.end(), group.begin(), group.end());
    }
    first_listener_.push_back(listeners_.size());
    return {};
  }

  [[nodiscard]] ScanResult scan(std::string_view text, Direction direction) const override {
    ScanResult result;
    for (const Finding& finding : resolved(find(text, 0, text.size(), direction), 0)) {
      append_or_extend(result.findings, finding);
    }
    for (const Finding& finding : result.findings) {
      result.verdict = std::max(result.verdict, finding.action);
      if (finding.action != Action::Redact || direction == Direction::Document) {
        result.data_class = std::max(result.data_class, types_.find(finding.type)->second.raise_to);
      }
    }
    return result;
  }

  [[nodiscard]] std::string redact(std::string_view text, const ScanResult& result) const override {
    std::string out;
    out.reserve(text.size());
    std::size_t at = 0;
    for (const Finding& finding : result.findings) {
      if (finding.action == Action::Allow) continue;
      out.append(text.substr(at, finding.start - at));
      append_label(out, finding.type);
      at = finding.end;
    }
    out.append(text.substr(at));
    return out;
  }

  [[nodiscard]] const Digest& digest() const override { return digest_; }
  [[nodiscard]] std::size_t look_behind() const override { return look_behind_max; }

  [[nodiscard]] Part scan_part(std::string_view text, std::size_t from, bool is_end,
                               Direction direction) const override {
    std::size_t open_from = text.size();
    if (!is_end) {
      // A code point cut in two says nothing yet: what stands before it is what the end looks like.
      const std::string_view whole = text.substr(0, aligned(text, text.size()));
      open_from = whole.size();
      for (const auto& guardrail : guardrails_) {
        if (guardrail->applies_to(direction)) open_from = std::min(open_from, guardrail->open_from(whole));
      }
      open_from = aligned(text, open_from);
    }
    open_from = std::max(open_from, from);
    return {find(text, from, open_from, direction), open_from};
  }

 private:
  /// What starts in [from, until), sorted, with actions, overlaps included.
  [[nodiscard]] std::vector<Finding> find(std::string_view text, std::size_t from, std::size_t until,
                                          Direction direction) const {
    Scan scan{text, bit_of(direction), from, until, {}, std::vector<std::size_t>(listeners_.size(), 0)};
    std::pair<const Engine*, Scan*> both{this, &scan};
    patterns_->scan(
        text,
        [](void* context, std::size_t pattern, std::size_t end) {
          const auto& [engine, running] = *static_cast<std::pair<const Engine*, Scan*>*>(context);
          engine->look(*running, pattern, end);
        },
        &both);
    std::vector<Finding> found;
    for (const Candidate& candidate : scan.candidates) {
      if (is_allowed(text.substr(candidate.start, candidate.end - candidate.start))) continue;
      const auto type = types_.find(candidate.type);
      ensure(type != types_.end(), "a guardrail reports types it has declared");
      found.push_back({type->first, candidate.start, candidate.end, candidate.score,
                       type->second.actions[static_cast<std::size_t>(direction)]});
    }
    sort_findings(found);
    return found;
  }

  void look(Scan& scan, std::size_t pattern, std::size_t end) const {
    for (std::size_t number = first_listener_[pattern]; number < first_listener_[pattern + 1]; ++number) {
      const Listener& listener = listeners_[number];
      std::size_t& resume = scan.resume[number];
      if (end <= resume || (listener.directions & scan.direction) == 0) continue;
      const std::size_t known = scan.candidates.size();
      resume = listener.guardrail->inspect(scan.text, {end, listener.anchor}, scan.candidates);
      if (scan.candidates.size() > known) keep_what_counts(scan, known);
    }
  }

  /// Drops new candidates out of range or too unsure, and joins those that touch: a long run of signs is one candidate.
  void keep_what_counts(Scan& scan, std::size_t known) const {
    Candidates& all = scan.candidates;
    std::size_t kept = known;
    for (std::size_t i = known; i < all.size(); ++i) {
      const Candidate candidate = all[i];
      ensure(candidate.end > candidate.start && candidate.end <= scan.text.size(), "a candidate lies in the text");
      if (candidate.start < scan.from || candidate.start >= scan.until || candidate.score < score_min_) continue;
      Candidate* last = kept > 0 ? &all[kept - 1] : nullptr;
      if (last != nullptr && last->end == candidate.start && last->type == candidate.type &&
          last->score == candidate.score) {
        last->end = candidate.end;
      } else {
        all[kept++] = candidate;
      }
    }
    all.resize(kept);
  }

  [[nodiscard]] bool is_allowed(std::string_view value) const {
    if (allow_.empty()) return false;
    const std::string lower = to_lower_ascii(value);
    return std::ranges::any_of(allow_, [&lower](const std::string& glob) { return matches_glob(glob, lower); });
  }

  Guardrails guardrails_;
  double score_min_ = 0.5;
  std::vector<std::string> allow_;
  std::map<std::string_view, TypePolicy> types_;
  std::unique_ptr<PatternSet> patterns_;
  std::vector<Listener> listeners_;          // those of one pattern side by side
  std::vector<std::size_t> first_listener_;  // by pattern: number of its first listener; and the end
  Digest digest_;
};

}  // namespace

Result<std::unique_ptr<Guard>> make_guard(const config::Node& guard, Guardrails guardrails) {
  auto settings = parse_guard(guard);
  if (!settings) return pass(settings);
  for (const GuardRule& rule : settings->rules) {
    for (const std::string& pattern : rule.types) {
      const bool is_known = std::ranges::any_of(guardrails, [&pattern](const auto& guardrail) {
        return std::ranges::any_of(guardrail->types(),
                                   [&pattern](const FindingType& type) { return covers(pattern, type.name); });
      });
      if (!is_known) {
        return std::unexpected(
            guard["rules"].error("no detector finds \"" + pattern + "\"",
                                 "use a type such as email, phone, credit_card, iban, secret.* or *"));
      }
    }
  }
  auto engine = std::make_unique<Engine>(std::move(guardrails), std::move(*settings));
  auto compiled = engine->compile();
  if (!compiled) return pass(compiled);
  return engine;
}

Guard::Part Guard::scan_part(std::string_view text, std::size_t from, bool is_end, Direction direction) const {
  if (!is_end) return {{}, from};
  ScanResult whole = scan(text, direction);
  std::erase_if(whole.findings, [from](const Finding& finding) { return finding.start < from; });
  return {std::move(whole.findings), text.size()};
}

}  // namespace millwright::policy
