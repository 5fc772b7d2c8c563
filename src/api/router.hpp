// The boundary of the control API: finds the row of a request, establishes who calls, authorises, runs the handler,
// and turns every error into an RFC 9457 problem. Nothing that a handler throws leaves it.
//
// A caller is one of: the owner-only control socket (full rights, audited as "local:USER"), a session cookie (with
// x-csrf-token for whatever changes something), a session token as bearer, or an API key as bearer or x-api-key.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "api/route.hpp"
#include "features/identity/identity.hpp"
#include "features/telemetry/telemetry.hpp"
#include "io/http/server.hpp"
#include "io/loop/runtime.hpp"

namespace millwright::api {

struct RouterParts {
  io::Runtime* runtime = nullptr;
  identity::Keys* keys = nullptr;
  identity::Users* users = nullptr;
  telemetry::Metrics* metrics = nullptr;
  const Clock* clock = nullptr;
  /// Asked for GET and HEAD that no row matches outside the APIs: the console. Must not block.
  std::function<std::optional<io::http::Response>(const io::http::Request&)> pages;
};

/// Thread-safe. The parts outlive the router.
class Router {
 public:
  Router(RouterParts parts, Routes routes);
  ~Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  /// One exchange, to its answer; never throws. On the connection's loop.
  [[nodiscard]] io::Task<void> handle(io::http::Exchange& exchange);
  [[nodiscard]] const Routes& routes() const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace millwright::api
