#include "extensions/providers/data_url.hpp"

#include "base/text.hpp"

namespace millwright::extensions {

std::optional<DataUrl> parse_data_url(std::string_view url) {
  constexpr std::string_view scheme = "data:";
  if (!equal_ignoring_case(url.substr(0, scheme.size()), scheme)) return std::nullopt;
  url.remove_prefix(scheme.size());
  const auto comma = url.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const auto parameters = split(url.substr(0, comma), ';');
  if (parameters.size() < 2 || !equal_ignoring_case(parameters.back(), "base64")) return std::nullopt;
  DataUrl parsed{to_lower_ascii(parameters.front()), url.substr(comma + 1)};
  if (parsed.media_type == "image/jpg") parsed.media_type = "image/jpeg";
  return parsed;
}

}  // namespace millwright::extensions
