#include "features/gateway/mcp_messages.hpp"

#include <gtest/gtest.h>

namespace millwright::gateway {
namespace {

Result<McpMessage> read(std::string_view text) { return read_mcp_message(parse_json(text).value()); }

TEST(McpMessage, SaysWhatIsAsked) {
  const auto call = read(R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"search","arguments":{}}})");
  ASSERT_TRUE(call) << describe(call.error());
  EXPECT_TRUE(call->is_call());
  EXPECT_EQ(call->tool, "search");
  EXPECT_EQ(call->id, 7);
  EXPECT_TRUE(read(R"({"jsonrpc":"2.0","method":"notifications/initialized"})")->id.is_null());
  EXPECT_EQ(read(R"({"jsonrpc":"2.0","id":"a","result":{}})")->method, "");
}

TEST(McpMessage, RefusesWhatIsNone) {
  for (const auto* text :
       {"[]", "1", "{}", R"({"jsonrpc":"1.0","method":"x"})", R"({"jsonrpc":"2.0"})", R"({"jsonrpc":"2.0","id":1})",
        R"({"jsonrpc":"2.0","id":{},"method":"x"})", R"({"jsonrpc":"2.0","id":1,"method":""})",
        R"({"jsonrpc":"2.0","id":1,"method":"tools/call"})",
        R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":5}})"}) {
    EXPECT_FALSE(read(text)) << text;
  }
}

TEST(MayUseTool, WhatIsDeniedIsDenied) {
  McpServerConfig server;
  EXPECT_TRUE(may_use_tool(server, "anything"));
  server.allow_tools = {"read_*", "search"};
  server.deny_tools = {"*_secret"};
  EXPECT_TRUE(may_use_tool(server, "search"));
  EXPECT_TRUE(may_use_tool(server, "read_file"));
  EXPECT_TRUE(may_use_tool(server, "read_"));
  EXPECT_FALSE(may_use_tool(server, "read_secret"));
  EXPECT_FALSE(may_use_tool(server, "write"));
  EXPECT_FALSE(may_use_tool(server, "searches"));
}

}  // namespace
}  // namespace millwright::gateway
