// Messages of the Model Context Protocol (JSON-RPC 2.0): what a request asks for, which tools are shown, what is read
// by the guard. Pure. Source: https://modelcontextprotocol.io/specification/2025-06-18/basic/transports.
#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"
#include "features/gateway/config.hpp"
#include "features/gateway/mcp.hpp"
#include "features/gateway/output_guard.hpp"

namespace millwright::gateway {

struct McpMessage {
  std::string method;  // empty: an answer of the client
  std::string tool;    // of tools/call
  json::value id;      // null: a notification, or an answer
  [[nodiscard]] bool is_call() const { return method == "tools/call"; }
};
/// InvalidInput for what is no single JSON-RPC 2.0 message; lists of them left the protocol with its version
/// 2025-06-18.
[[nodiscard]] Result<McpMessage> read_mcp_message(const json::value& body);

/// Names, or globs with `*`; what is denied is denied whatever is allowed.
[[nodiscard]] bool may_use_tool(const McpServerConfig& server, std::string_view tool);

/// What a server sends: tools that may not be used are not listed, texts are redacted. What must be withheld is
/// replaced by an error with the same id. True when the message was changed.
[[nodiscard]] bool guard_mcp_answer(json::value& message, const McpServerConfig& server, const policy::Guard& guard,
                                    std::string_view trace, OutputVerdict& verdict);

}  // namespace millwright::gateway
