// Servers of the Model Context Protocol behind this gateway: who may call which tool, what goes in and comes out under
// the guard, each call of a tool with its row in the ledger.
#pragma once

#include "features/gateway/config.hpp"
#include "features/gateway/passthrough.hpp"

namespace millwright::gateway {

/// One of `mcp_servers`, with its secrets in place.
struct McpServer {
  McpServerConfig config;
  io::http::Headers headers;
};

struct McpCall {
  Caller caller;
  std::string use_case;  // named by a key that is bound to none
  std::string server;
  io::http::Method method = io::http::Method::Post;  // Post, Get or Delete
  io::http::Headers headers;                         // as received
  std::string body;
  RawSink* sink = nullptr;
  std::function<void(std::function<void()>)> on_client_gone;
};

struct McpOutcome : RawOutcome {
  json::value id;            // of the request that failed
  bool is_answered = false;  // the error is the answer to the request, not of the transport
};

/// {"jsonrpc": "2.0", "id", "error": {code, message, data: {rule, trace}}}
[[nodiscard]] json::object mcp_error(const json::value& id, int code, const Error& error, std::string_view trace);

}  // namespace millwright::gateway
