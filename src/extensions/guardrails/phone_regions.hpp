// Numbering plans of the world, as far as telling a telephone number from other digits needs them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace millwright::extensions {

struct PhoneRegion {
  std::string_view name;     // ISO 3166-1: "DE"
  std::string_view code;     // calling code: "49"
  std::string_view trunk;    // written before national numbers at home: "0"; empty: none
  std::uint32_t lengths;     // bit n: national numbers of n digits exist
  std::string_view pattern;  // of a whole national number, without trunk prefix
};

[[nodiscard]] std::span<const PhoneRegion> phone_regions();

}  // namespace millwright::extensions
