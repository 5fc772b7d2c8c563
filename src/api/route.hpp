// One row of the route table: verb, path pattern, who may call it, and what answers. Deny by default: a row says who
// may, and what has no row does not exist.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/call.hpp"
#include "base/error.hpp"
#include "io/http/message.hpp"
#include "io/http/server.hpp"
#include "io/loop/task.hpp"

namespace millwright::api {

/// Who may call. Each role may do what those before it may.
enum class Access : std::uint8_t {
  Public,      // anybody
  Surface,     // the handler authenticates by itself and answers in its surface's own shape (inference)
  Key,         // an API key, or anybody signed in
  Viewer,
  Approver,
  Owner,
  Admin,
};
[[nodiscard]] std::string_view access_name(Access access);   // "public", "surface", "key", "viewer", …

/// Runs on a worker thread, may block. The router has authenticated and authorised the caller; an Error becomes an
/// RFC 9457 problem.
using BlockingHandler = std::function<Result<io::http::Response>(const Call&)>;
/// Runs on the connection's loop after the router has authorised the caller: for answers that stream.
using StreamingHandler = std::function<io::Task<void>(io::http::Exchange&, const Call&)>;
/// Runs on the connection's loop with nothing done before: for rows with Access::Surface or Access::Public.
using AsyncHandler = std::function<io::Task<void>(io::http::Exchange&)>;

struct Route {
  io::http::Method method = io::http::Method::Get;
  std::string pattern;                 // "/api/v1/use-cases/{name}/ask": a parameter is one whole segment
  Access access = Access::Admin;
  std::variant<BlockingHandler, StreamingHandler, AsyncHandler> handler;
  bool is_idempotent_by_key = false;   // honours Idempotency-Key
};
using Routes = std::vector<Route>;

/// A row whose handler is a plain function over the parts of its group; `parts` is copied into the row.
template <class Parts>
[[nodiscard]] Route row(io::http::Method method, std::string pattern, Access access,
                        Result<io::http::Response> (*handler)(const Parts&, const Call&), const Parts& parts) {
  return {method, std::move(pattern), access,
          BlockingHandler([handler, parts](const Call& call) { return handler(parts, call); })};
}

}  // namespace millwright::api
