#include "api/route.hpp"

#include "api/call.hpp"

namespace millwright::api {

std::string_view access_name(Access access) {
  switch (access) {
    case Access::Public: return "public";
    case Access::Surface: return "surface";
    case Access::Key: return "key";
    case Access::Viewer: return "viewer";
    case Access::Approver: return "approver";
    case Access::Owner: return "owner";
    case Access::Admin: return "admin";
  }
  return "admin";
}

const std::string& Call::parameter(std::string_view name) const {
  const auto found = parameters.find(name);
  ensure(found != parameters.end(), "a handler asks for a parameter that its pattern does not name");
  return found->second;
}

}  // namespace millwright::api
