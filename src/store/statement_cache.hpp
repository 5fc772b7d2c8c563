// Prepared statements of one session, by the name of their Statement.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace millwright::store {

struct NameHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const noexcept { return std::hash<std::string_view>{}(name); }
};

template <class Prepared>
using StatementCache = std::unordered_map<std::string, Prepared, NameHash, std::equal_to<>>;

}  // namespace millwright::store
