// Data URLs (RFC 2397) with base64, as callers put files and images into requests.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millwright::extensions {

struct DataUrl {
  std::string media_type;  // lower case; "image/jpg" as "image/jpeg"
  std::string_view base64;
};

/// "data:application/pdf;base64,JVBERi0…"; nothing for other URLs, and for other encodings.
[[nodiscard]] std::optional<DataUrl> parse_data_url(std::string_view url);

}  // namespace millwright::extensions
