// A request dispatched without a connection: the command line on a data directory where no server runs uses the same
// router as everybody else. Requests carry is_local_owner.
#pragma once

#include <functional>
#include <stop_token>
#include <string_view>

#include "api/router.hpp"
#include "io/http/message.hpp"
#include "io/loop/runtime.hpp"

namespace millwright::api {

/// Runs `request` through the router on a loop of `runtime` and waits for the answer. `on_piece` sees the pieces of a
/// streamed answer as they come; the body then stays empty. `stop` ends it as when a client goes away. Not to be called
/// on a loop thread.
[[nodiscard]] io::http::Response dispatch_locally(Router& router, io::Runtime& runtime, io::http::Request request,
                                                  const std::function<void(std::string_view)>& on_piece = {},
                                                  std::stop_token stop = {});

}  // namespace millwright::api
