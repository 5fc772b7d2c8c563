// Redaction of a text in pieces: holds the undecided end back, releases the rest, keeps what decisions look back at.
#include <algorithm>

#include "features/policy/policy.hpp"
#include "features/policy/resolve.hpp"

namespace millwright::policy {

struct StreamGuard::State {
  const Guard& guard;
  Direction direction;
  std::string window;            // the end of what was released, then all that is held
  std::size_t base = 0;          // offset of window[0] in the whole text
  std::size_t from = 0;          // offset of the first byte not yet released
  std::size_t scanned = 0;       // bytes held after the last scan
  std::vector<Finding> carried;  // decided, started before `from`, reach beyond it
  std::vector<Finding> findings;
  Action verdict = Action::Allow;

  [[nodiscard]] std::size_t held() const { return base + window.size() - from; }

  /// Appends text [from, until) to `out`.
  void release(std::string& out, std::size_t until) {
    if (until <= from) return;
    out.append(window, from - base, until - from);
    from = until;
  }

  std::string advance(bool is_end) {
    Guard::Part part = guard.scan_part(window, from - base, is_end, direction);
    std::vector<Finding> known = std::move(carried);
    for (Finding finding : part.found) {
      finding.start += base;
      finding.end += base;
      known.push_back(finding);
    }
    sort_findings(known);
    std::string out;
    const std::size_t decided = base + part.open_from;
    for (const Finding& finding : resolved(known, from)) {
      release(out, std::min(finding.start, decided));
      if (finding.end > decided) break;  // something undecided may still begin inside it
      const bool is_same = append_or_extend(findings, finding);
      verdict = std::max(verdict, finding.action);
      if (verdict == Action::Block) return out;
      if (finding.action == Action::Allow) {
        release(out, finding.end);
      } else {
        if (!is_same) append_label(out, finding.type);
        from = finding.end;
      }
    }
    if (!is_waiting(known, decided)) release(out, decided);
    std::erase_if(known, [this](const Finding& f) { return f.start >= from || f.end <= from; });
    carried = std::move(known);
    forget_released();
    scanned = held();
    return out;
  }

  /// Whether a finding that reaches beyond `decided` begins at the first byte held.
  [[nodiscard]] bool is_waiting(const std::vector<Finding>& known, std::size_t decided) const {
    return std::ranges::any_of(known, [this, decided](const Finding& f) { return f.end > decided && f.end > from; });
  }

  void forget_released() {
    const std::size_t keep_from = from > guard.look_behind() ? from - guard.look_behind() : 0;
    // Not at every piece: erasing copies the window.
    if (keep_from > base + 64) {
      window.erase(0, keep_from - base);
      base = keep_from;
    }
  }
};

StreamGuard::StreamGuard(const Guard& guard, Direction direction)
    : state_(std::make_unique<State>(State{.guard = guard, .direction = direction})) {}
StreamGuard::~StreamGuard() = default;

std::string StreamGuard::feed(std::string_view piece) {
  State& state = *state_;
  if (state.verdict == Action::Block) return {};
  state.window.append(piece);
  // While much is held, look again only when it has grown by an eighth: work stays linear however small the pieces.
  if (state.held() > 1'024 && state.held() < state.scanned + state.scanned / 8) return {};
  return state.advance(false);
}

std::string StreamGuard::finish() {
  if (state_->verdict == Action::Block) return {};
  return state_->advance(true);
}

Action StreamGuard::verdict() const { return state_->verdict; }
const std::vector<Finding>& StreamGuard::findings() const { return state_->findings; }

}  // namespace millwright::policy
