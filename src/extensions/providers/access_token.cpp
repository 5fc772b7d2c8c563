#include "extensions/providers/access_token.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"

namespace millwright::extensions {
namespace {

constexpr Duration fetch_timeout{10'000};
constexpr std::size_t answer_bytes_max = 64u << 10;

/// A number, or digits in a string as older endpoints have it; ten minutes where neither stands.
std::int64_t lifetime_of(const json::object& answer) {
  const auto* value = find_member(answer, "expires_in");
  std::int64_t seconds = 0;
  if (value != nullptr && value->is_int64()) seconds = value->get_int64();
  if (value != nullptr && value->is_string()) {
    const std::string_view text = value->get_string();
    if (text.size() <= 9 && text.find_first_not_of("0123456789") == std::string_view::npos)
      for (const char c : text) seconds = seconds * 10 + (c - '0');
  }
  return seconds > 0 ? std::min<std::int64_t>(seconds, 86'400) : 600;
}

}  // namespace

io::Task<Result<RenewedToken::Fetched>> request_access_token(io::http::Client& client, io::http::Origin origin,
                                                             std::string path, std::string form, std::string owner,
                                                             std::string fix, const Clock& clock) {
  io::http::ClientRequest request;
  request.path = std::move(path);
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  request.headers.add("Accept", "application/json");
  request.body = std::move(form);
  const auto asked = clock.now();
  auto response = co_await client.send(origin, std::move(request), fetch_timeout);
  if (!response) co_return pass(response);
  (*response)->expire_after(fetch_timeout);
  auto body = co_await (*response)->read_all(answer_bytes_max);
  if (!body) co_return pass(body);
  const auto status = (*response)->status();
  auto parsed = parse_json_object(*body);
  const auto token = parsed ? string_member(*parsed, "access_token") : std::string_view();
  if (status == 200 && !token.empty()) {
    co_return RenewedToken::Fetched{std::string(token), asked + std::chrono::seconds(lifetime_of(*parsed))};
  }
  const bool may_pass = status == 429 || status >= 500;
  auto error = fail(may_pass ? ErrorCode::Unavailable : ErrorCode::UpstreamFailed,
                    "the token endpoint of {} answered {}{}{}", owner, status, parsed ? ": " : "",
                    parsed ? utf8_prefix(string_member(*parsed, "error"), 100) : std::string_view());
  if (!may_pass) error.error().fix = std::move(fix);
  co_return error;
}

bool is_this_machine(std::string_view host) {
  const bool is_loopback = host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
  return host == "localhost" || host == "::1" || is_loopback;
}

}  // namespace millwright::extensions
