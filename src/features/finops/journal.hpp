// The journal of calls in flight: a memory-mapped file of fixed slots. What is written here survives the death of the
// process (the pages belong to the kernel), at the price of a memory copy; the next start turns what it finds into
// ledger rows.
//
// Life of a slot: Free → Open (money reserved, nothing sent) → Sent (a provider may bill) → Staged (usage known) →
// Settled (the row is final, its commit under way) → Free (committed).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "features/finops/finops.hpp"

namespace millwright::finops {

enum class SlotState : std::uint32_t { Free = 0, Open = 1, Sent = 2, Staged = 3, Settled = 4 };

/// A row on its way to the ledger, with the attempt it belongs to.
struct PendingRow {
  LedgerRow row;
  std::uint32_t attempt = 0;
  SlotState state = SlotState::Free;   // as found by recovery
  Money worst_case;
};

class Journal {
 public:
  /// Makes or opens DIRECTORY/flights.journal. Corrupt when the file is not a journal of this layout.
  [[nodiscard]] static Result<std::unique_ptr<Journal>> open(const std::string& directory, std::size_t slots);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// What the last run left behind, in no order; the slots stay taken until release.
  struct Found {
    std::uint32_t slot;
    PendingRow pending;
  };
  [[nodiscard]] std::vector<Found> recover() const;

  /// A free slot, filled with `row` in state Open; nothing when all are taken. Thread-safe.
  [[nodiscard]] std::optional<std::uint32_t> take(const PendingRow& row);
  void release(std::uint32_t slot);

  void rewrite(std::uint32_t slot, const PendingRow& row, SlotState state);
  void set_state(std::uint32_t slot, SlotState state);
  void stage(std::uint32_t slot, const Usage& usage, Money cost);

  [[nodiscard]] std::size_t taken() const;

 private:
  struct State;
  explicit Journal(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace millwright::finops
