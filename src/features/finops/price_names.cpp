#include "features/finops/price_names.hpp"

#include <algorithm>
#include <array>

namespace millwright::finops {
namespace {

/// What an ARN of a model or of a profile that AWS itself keeps names; empty for those that name what somebody made.
std::string_view name_in_arn(std::string_view arn) {
  const auto slash = arn.rfind('/');
  if (!arn.starts_with("arn:") || slash == std::string_view::npos) return {};
  const auto front = arn.substr(0, slash);
  const bool is_known = front.ends_with(":foundation-model") || front.ends_with(":inference-profile");
  return is_known ? arn.substr(slash + 1) : std::string_view();
}

/// "us.anthropic.claude-…" → "anthropic.claude-…"; empty without such a prefix.
std::string_view without_geography(std::string_view id) {
  constexpr std::array<std::string_view, 9> prefixes{"us.", "eu.", "apac.",   "jp.",   "au.",
                                                     "ca.", "sa.", "global.", "us-gov."};
  for (const auto prefix : prefixes) {
    if (id.starts_with(prefix)) return id.substr(prefix.size());
  }
  return {};
}

/// "anthropic.claude-sonnet-4-5-20250929-v1:0" → "claude-sonnet-4-5-20250929"; empty for models of other makers.
std::string anthropics_own(std::string_view id) {
  constexpr std::string_view maker = "anthropic.";
  if (!id.starts_with(maker)) return {};
  id.remove_prefix(maker.size());
  const auto version = id.rfind("-v");
  if (version != std::string_view::npos && version + 2 < id.size() &&
      id.find_first_not_of("0123456789:", version + 2) == std::string_view::npos) {
    id = id.substr(0, version);
  }
  return std::string(id);
}

}  // namespace

std::vector<std::string> listed_names(std::string_view vendor, std::string_view id, std::string_view region) {
  std::vector<std::string> names;
  const auto add = [&names](std::string name) {
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  };
  const auto in_arn = name_in_arn(id);
  const auto plain = in_arn.empty() ? id : in_arn;
  const auto bare = without_geography(plain);
  const bool is_cloud = vendor == "azure" || vendor == "bedrock";
  if (is_cloud && !region.empty()) {
    const auto in_region = std::string(region) + "/";
    add(in_region + std::string(plain));
    if (const auto dash = region.find('-'); dash != std::string_view::npos) {
      add(std::string(region.substr(0, dash)) + "/" + std::string(plain));
    }
  }
  add(std::string(id));
  add(std::string(plain));
  if (vendor == "bedrock") add(std::string(bare));
  if (vendor == "anthropic") add(anthropics_own(bare.empty() ? plain : bare));
  if (vendor == "openai" && plain.starts_with("gpt-35")) add("gpt-3.5" + std::string(plain.substr(6)));
  return names;
}

}  // namespace millwright::finops
