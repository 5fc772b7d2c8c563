// Fuzzes what credentials are read from: a shared credentials file and the answer of a role's endpoint. What is taken is
// whole, and what is refused is not repeated.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "extensions/providers/aws_credentials.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace millwright::extensions;
  if (size > (64u << 10)) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto is_whole = [](const AwsCredentials& keys) {
    return !keys.access_key_id.empty() && !keys.secret_access_key.empty();
  };
  const auto profile = parse_aws_profile(text, "default");
  if (profile && !is_whole(*profile)) std::abort();
  if (profile && profile->secret_access_key.find('\n') != std::string::npos) std::abort();
  const auto role = parse_role_credentials(text);
  if (role && !is_whole(role->value)) std::abort();
  return 0;
}
