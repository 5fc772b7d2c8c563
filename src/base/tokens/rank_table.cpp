#include "base/tokens/rank_table.hpp"

#include "base/error.hpp"

namespace millwright::tokens {

RankTable::RankTable(std::span<const char> packed) {
  if (packed.size() < sizeof(RankHeader)) return;
  RankHeader header;
  std::memcpy(&header, packed.data(), sizeof header);
  const auto slot_count = std::uint64_t{1} << header.slot_bits;
  ensure(std::string_view(header.magic, 4) == "MWR1", "packed ranks begin with their mark");
  ensure(packed.size() == sizeof header + slot_count * sizeof(RankSlot) + header.text_bytes, "packed ranks are whole");
  slots_ = reinterpret_cast<const RankSlot*>(packed.data() + sizeof header);
  texts_ = packed.data() + sizeof header + slot_count * sizeof(RankSlot);
  mask_ = slot_count - 1;
  token_bytes_max_ = header.token_bytes_max;
}

}  // namespace millwright::tokens
