// One authorised request as an endpoint sees it: the message, the parameters of its path, and who calls.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "features/identity/identity.hpp"
#include "io/http/message.hpp"

namespace millwright::api {

/// Who calls, as established by the router.
struct Caller {
  enum class Kind : std::uint8_t { Anonymous, Key, Session, Local };
  Kind kind = Kind::Anonymous;
  std::string name;                                        // for the audit log: "user/ada", "key/crm", "local:root"
  std::optional<identity::Role> role;                      // of Session and Local
  std::shared_ptr<const identity::Principal> principal;    // of Key
  std::optional<identity::SignedIn> signed_in;             // of Session
  std::string session_token;                               // of Session

  [[nodiscard]] bool is_at_least(identity::Role least) const { return role && *role >= least; }
};

struct Call {
  io::http::Request request;
  std::map<std::string, std::string, std::less<>> parameters;   // of the path
  Caller caller;
  std::string request_id;

  /// A parameter that the route's pattern names.
  [[nodiscard]] const std::string& parameter(std::string_view name) const;
};

}  // namespace millwright::api
