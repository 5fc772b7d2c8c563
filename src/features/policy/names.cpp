// The names of classes, tiers and actions, as configuration and JSON write them.
#include "features/policy/policy.hpp"

namespace millwright::policy {
namespace {

constexpr std::array<std::string_view, 4> class_names{"public", "internal", "confidential", "restricted"};
constexpr std::array<std::string_view, 4> tier_names{"T0", "T1", "T2", "T3"};
constexpr std::array<std::string_view, 3> action_names{"allow", "redact", "block"};

template <class Enum, std::size_t Size>
std::optional<Enum> find_in(const std::array<std::string_view, Size>& names, std::string_view name) {
  for (std::size_t i = 0; i < Size; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view class_name(DataClass data_class) { return class_names.at(static_cast<std::size_t>(data_class)); }
std::optional<DataClass> find_class(std::string_view name) { return find_in<DataClass>(class_names, name); }
std::string_view tier_name(RiskTier tier) { return tier_names.at(static_cast<std::size_t>(tier)); }
std::optional<RiskTier> find_tier(std::string_view name) { return find_in<RiskTier>(tier_names, name); }
std::string_view action_name(Action action) { return action_names.at(static_cast<std::size_t>(action)); }

}  // namespace millwright::policy
