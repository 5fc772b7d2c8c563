#include "features/finops/journal.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>

#include "features/finops/journal_upgrade.hpp"

namespace millwright::finops {
namespace {

constexpr std::uint64_t magic = 0x32304c4e524a574d;   // "MWJRNL02"
constexpr std::size_t header_bytes = 4096;
constexpr std::size_t name_count = 10;
constexpr std::size_t names_bytes = 760;
constexpr std::size_t provider_request_bytes = 80;

/// Fixed layout on disk; only grows with a new magic.
struct Slot {
  std::atomic<std::uint32_t> state;
  std::uint32_t attempt;
  std::array<std::uint8_t, 16> trace;
  std::int64_t time, worst_case, cost, saved;
  std::array<std::int64_t, priced_meters.size()> counts;
  std::uint32_t duration_us, first_token_us;
  std::uint16_t http_status;
  std::uint8_t status, flags, tier;
  std::uint8_t provider_request_length;
  std::array<char, provider_request_bytes> provider_request;
  std::array<std::uint16_t, name_count> name_lengths;
  std::array<char, names_bytes> names;
};
static_assert(sizeof(Slot) <= 1024);
// journal_upgrade.cpp writes this layout.
static_assert(offsetof(Slot, duration_us) == 144 && offsetof(Slot, provider_request_length) == 157 &&
              offsetof(Slot, name_lengths) == 238);
constexpr std::size_t slot_bytes = 1024;

struct Header {
  std::uint64_t magic;
  std::uint64_t slots;
};

constexpr std::uint8_t flag_estimated = 1, flag_unpriced = 2, flag_cache_hit = 4;

/// `Facts` is CallFacts, const or not.
template <class Facts>
auto names_of(Facts& facts) {
  return std::array{&facts.use_case, &facts.team,     &facts.user,    &facts.key,     &facts.environment,
          &facts.model,    &facts.provider, &facts.release, &facts.surface, &facts.price_version};
}

void write_request(Slot& slot, std::string_view id) {
  const auto length = std::min(id.size(), provider_request_bytes);
  std::memcpy(slot.provider_request.data(), id.data(), length);
  slot.provider_request_length = static_cast<std::uint8_t>(length);
}

void write_tokens(Slot& slot, const TokenCounts& tokens) {
  for (std::size_t i = 0; i < priced_meters.size(); ++i) slot.counts[i] = tokens.*priced_meters[i].count;
}

void write_slot(Slot& slot, const PendingRow& pending) {
  const auto& row = pending.row;
  slot.attempt = pending.attempt;
  slot.trace = row.facts.trace.bytes();
  slot.time = to_micros(row.facts.time);
  slot.worst_case = pending.worst_case.nano();
  slot.cost = row.cost.nano();
  slot.saved = row.saved.nano();
  write_tokens(slot, row.tokens);
  slot.duration_us = row.duration_us;
  slot.first_token_us = row.first_token_us;
  slot.http_status = row.http_status;
  slot.status = static_cast<std::uint8_t>(row.status);
  slot.tier = static_cast<std::uint8_t>(row.tier);
  slot.flags = static_cast<std::uint8_t>((row.is_estimated ? flag_estimated : 0) |
                                         (row.is_unpriced ? flag_unpriced : 0) |
                                         (row.is_cache_hit ? flag_cache_hit : 0));
  write_request(slot, row.provider_request);
  std::size_t used = 0;
  const auto names = names_of(row.facts);
  for (std::size_t i = 0; i < name_count; ++i) {
    const auto length = std::min(names[i]->size(), names_bytes - used);
    std::memcpy(slot.names.data() + used, names[i]->data(), length);
    slot.name_lengths[i] = static_cast<std::uint16_t>(length);
    used += length;
  }
}

PendingRow read_slot(const Slot& slot) {
  PendingRow pending;
  auto& row = pending.row;
  pending.attempt = slot.attempt;
  pending.state = static_cast<SlotState>(slot.state.load(std::memory_order_acquire));
  pending.worst_case = Money::from_nano(slot.worst_case);
  row.facts.trace = Id(slot.trace);
  row.facts.time = from_micros(slot.time);
  row.cost = Money::from_nano(slot.cost);
  row.saved = Money::from_nano(slot.saved);
  for (std::size_t i = 0; i < priced_meters.size(); ++i) row.tokens.*priced_meters[i].count = slot.counts[i];
  row.tier = static_cast<ServiceTier>(std::min<std::uint8_t>(slot.tier, static_cast<std::uint8_t>(ServiceTier::Other)));
  row.duration_us = slot.duration_us;
  row.first_token_us = slot.first_token_us;
  row.http_status = slot.http_status;
  row.status = static_cast<telemetry::TraceStatus>(slot.status);
  row.is_estimated = (slot.flags & flag_estimated) != 0;
  row.is_unpriced = (slot.flags & flag_unpriced) != 0;
  row.is_cache_hit = (slot.flags & flag_cache_hit) != 0;
  row.provider_request.assign(slot.provider_request.data(),
                              std::min<std::size_t>(slot.provider_request_length, provider_request_bytes));
  std::size_t used = 0;
  const auto names = names_of(row.facts);
  for (std::size_t i = 0; i < name_count; ++i) {
    const auto length = std::min<std::size_t>(slot.name_lengths[i], names_bytes - used);
    names[i]->assign(slot.names.data() + used, length);
    used += length;
  }
  return pending;
}

}  // namespace

struct Journal::State {
  std::byte* base = nullptr;
  std::size_t bytes = 0;
  std::size_t slots = 0;
  mutable std::mutex mutex;
  std::vector<std::uint32_t> free_slots;   // a stack: few pages are touched when few calls fly

  [[nodiscard]] Slot& slot(std::uint32_t index) const {
    return *reinterpret_cast<Slot*>(base + header_bytes + std::size_t{index} * slot_bytes);
  }
  ~State() {
    if (base != nullptr) ::munmap(base, bytes);
  }
};

Journal::Journal(std::unique_ptr<State> state) : state_(std::move(state)) {}
Journal::~Journal() = default;

Result<std::unique_ptr<Journal>> Journal::open(const std::string& directory, std::size_t slots) {
  const std::string path = directory + "/flights.journal";
  auto upgraded = upgrade_journal(path, magic);
  if (!upgraded) return pass(upgraded);
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return fail(ErrorCode::Unavailable, "cannot open {}: {}", path, std::strerror(errno));
  struct stat info {};
  ::fstat(file, &info);
  Header header{};
  const bool is_new = info.st_size == 0;
  if (!is_new && (::pread(file, &header, sizeof header, 0) != sizeof header || header.magic != magic ||
                  info.st_size != static_cast<off_t>(header_bytes + header.slots * slot_bytes))) {
    ::close(file);
    return fail(ErrorCode::Corrupt, "{} is not a journal of this version", path);
  }
  auto state = std::make_unique<State>();
  // A journal never shrinks: what an earlier run with more slots left must stay reachable.
  state->slots = std::max<std::size_t>(slots, is_new ? 0 : header.slots);
  state->bytes = header_bytes + state->slots * slot_bytes;
  if (::ftruncate(file, static_cast<off_t>(state->bytes)) != 0) {
    const int error = errno;
    ::close(file);
    return fail(ErrorCode::Unavailable, "cannot size {}: {}", path, std::strerror(error));
  }
  void* base = ::mmap(nullptr, state->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  if (base == MAP_FAILED) return fail(ErrorCode::Unavailable, "cannot map {}: {}", path, std::strerror(errno));
  state->base = static_cast<std::byte*>(base);
  const Header wanted{magic, state->slots};
  std::memcpy(base, &wanted, sizeof wanted);
  state->free_slots.reserve(state->slots);
  for (std::size_t i = state->slots; i-- > 0;) {
    const auto index = static_cast<std::uint32_t>(i);
    // Reading a hole of the file maps one shared page of zeros at a time; a new journal has nothing to read.
    if (is_new || state->slot(index).state.load(std::memory_order_acquire) == 0) state->free_slots.push_back(index);
  }
  return std::unique_ptr<Journal>(new Journal(std::move(state)));
}

std::vector<Journal::Found> Journal::recover() const {
  std::vector<Found> found;
  for (std::uint32_t i = 0; i < state_->slots; ++i) {
    const auto& slot = state_->slot(i);
    const auto raw = slot.state.load(std::memory_order_acquire);
    if (raw == 0 || raw > static_cast<std::uint32_t>(SlotState::Settled)) continue;
    found.push_back({i, read_slot(slot)});
  }
  // The scan mapped every page; the process should only hold those that calls use.
  ::madvise(state_->base, state_->bytes, MADV_DONTNEED);
  return found;
}

std::optional<std::uint32_t> Journal::take(const PendingRow& row) {
  std::uint32_t index = 0;
  {
    const std::scoped_lock lock(state_->mutex);
    if (state_->free_slots.empty()) return std::nullopt;
    index = state_->free_slots.back();
    state_->free_slots.pop_back();
  }
  rewrite(index, row, SlotState::Open);
  return index;
}

void Journal::release(std::uint32_t slot) {
  set_state(slot, SlotState::Free);
  const std::scoped_lock lock(state_->mutex);
  state_->free_slots.push_back(slot);
}

void Journal::rewrite(std::uint32_t slot, const PendingRow& row, SlotState state) {
  auto& target = state_->slot(slot);
  write_slot(target, row);
  target.state.store(static_cast<std::uint32_t>(state), std::memory_order_release);
}

void Journal::set_state(std::uint32_t slot, SlotState state) {
  state_->slot(slot).state.store(static_cast<std::uint32_t>(state), std::memory_order_release);
}

void Journal::stage(std::uint32_t slot, const Usage& usage, Money cost) {
  auto& target = state_->slot(slot);
  write_tokens(target, usage.tokens);
  target.cost = cost.nano();
  target.tier = static_cast<std::uint8_t>(usage.tier);
  if (usage.is_estimated) target.flags |= flag_estimated;
  write_request(target, usage.provider_request);
  target.state.store(static_cast<std::uint32_t>(SlotState::Staged), std::memory_order_release);
}

std::size_t Journal::taken() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->slots - state_->free_slots.size();
}

}  // namespace millwright::finops
