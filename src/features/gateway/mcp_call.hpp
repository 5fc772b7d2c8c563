// One request to a server of the Model Context Protocol, from its checks to the settled answer.
#pragma once

#include "features/gateway/billed_call.hpp"
#include "features/gateway/mcp.hpp"
#include "features/gateway/mcp_messages.hpp"

namespace millwright::gateway {

class McpRelay {
 public:
  McpRelay(Gateway::State& shared, McpCall call);
  [[nodiscard]] io::Task<McpOutcome> run();

 private:
  io::Task<Result<void>> serve();
  Result<void> admit();
  Result<void> check_session();
  Result<void> read_message();
  io::Task<Result<void>> exchange();
  io::Task<Result<void>> pass_whole(io::http::ClientResponse& upstream, io::http::Headers headers);
  io::Task<Result<void>> pass_events(io::http::ClientResponse& upstream, io::http::Headers headers);
  [[nodiscard]] io::http::ClientRequest make_request();
  /// The text of a message as it may be passed on.
  [[nodiscard]] std::string guarded(std::string_view text);
  [[nodiscard]] std::string session_tag(std::string_view session) const;
  [[nodiscard]] bool leaves_row() const;

  Gateway::State& shared_;
  McpCall call_;
  BilledCall billed_;
  std::shared_ptr<const McpServer> server_;
  McpMessage message_;
  std::string session_;  // as the server knows it
  OutputVerdict verdict_;
  finops::ModelPrice price_;
  std::uint16_t status_ = 0;
  bool has_result_ = false;  // the call of a tool was answered with one
  bool was_sent_ = false, is_provider_fault_ = false, is_answered_ = false;
};

}  // namespace millwright::gateway
