// Which share of the traffic a caller belongs to: always the same for the same person.
#include "base/digest.hpp"
#include "features/gateway/gateway.hpp"

namespace millwright::gateway {

std::uint32_t bucket_of(std::string_view use_case, const Caller& caller) {
  std::string unit = caller.user;
  if (unit.empty()) unit = caller.session;
  if (unit.empty() && caller.principal) unit = caller.principal->key_id.text();
  // The length keeps "ab"+"c" apart from "a"+"bc".
  const auto digest = sha256(fmt::format("{}:{}:{}", use_case.size(), use_case, unit));
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | digest.bytes[i];
  return value % 10'000;
}

}  // namespace millwright::gateway
