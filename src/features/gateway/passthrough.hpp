// Requests in a provider's own words, passed on byte for byte: the same admission, guard, policy, money and trace as
// any other call; the caller's credentials stay here, the provider's are put in their place.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "features/gateway/chat.hpp"
#include "io/http/client.hpp"

namespace millwright::gateway {

/// Receives the answer of a call that is passed through, in order on one loop.
class RawSink {
 public:
  virtual ~RawSink() = default;
  [[nodiscard]] virtual io::Task<Result<void>> head(const telemetry::Trace& trace, std::uint16_t status,
                                                    io::http::Headers headers) = 0;
  [[nodiscard]] virtual io::Task<Result<void>> write(std::string_view bytes) = 0;
};

struct RawCall {
  Caller caller;
  std::string use_case;  // named by a key that is bound to none
  std::string provider;
  io::http::Method method = io::http::Method::Post;
  std::string path;           // behind the provider's base URL, as received, with its query
  io::http::Headers headers;  // as received
  std::string body;
  RawSink* sink = nullptr;
  std::function<void(std::function<void()>)> on_client_gone;
};

/// How it ended. When `error` is set and the head has not been given, nothing of the answer has.
struct RawOutcome {
  telemetry::Trace trace;
  std::optional<Error> error;
  bool error_from_provider = false;
  CallRates rates;
};

/// Why a path must not be passed on, or nothing: what two servers could read differently (dot segments, encoded
/// slashes, empty segments, backslashes, anything but printable ASCII) never leaves. `path` is raw, without its query.
[[nodiscard]] std::string_view find_path_fault(std::string_view path);
/// "POST /chat/completions", "GET /models/*", "/files/**": `*` stands for one segment or part of one, `**` at the end
/// for all that follows. Without a method: any; GET covers HEAD.
[[nodiscard]] bool matches_path(std::string_view pattern, io::http::Method method, std::string_view path);
/// Whether JSON names a member of an object twice: the guard would read one, and the provider perhaps the other.
[[nodiscard]] bool repeats_a_member(std::string_view text, const json::value& parsed);
/// The query without credentials (key, api_key, access_token).
[[nodiscard]] std::string query_without_secrets(std::string_view query);
/// The fields that travel: hop-by-hop ones (RFC 9110, section 7.6.1), credentials, what proxies and this gateway add,
/// and Accept-Encoding stay behind, so that usage can be read.
[[nodiscard]] io::http::Headers forwarded_request_headers(const io::http::Headers& received);
[[nodiscard]] io::http::Headers forwarded_response_headers(const io::http::Headers& received);

}  // namespace millwright::gateway
