#include "api/raw/routes.hpp"

#include "api/raw/mcp.hpp"
#include "api/raw/passthrough.hpp"
#include "api/surface.hpp"

namespace millwright::api::raw {

Routes routes(const Parts& parts) {
  using enum io::http::Method;
  Routes rows;
  for (const auto method : {Get, Post, Put, Patch, Delete}) {
    rows.push_back(surface_row(method, "/passthrough/{provider}/{path...}", parts, pass_through));
  }
  for (const auto method : {Get, Post, Delete}) {
    rows.push_back(surface_row(method, "/mcp/{server}", parts, call_mcp));
  }
  return rows;
}

}  // namespace millwright::api::raw
