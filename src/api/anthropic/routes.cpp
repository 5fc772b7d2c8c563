#include "api/anthropic/routes.hpp"

#include "api/anthropic/count_tokens.hpp"
#include "api/anthropic/messages.hpp"
#include "api/surface.hpp"

namespace millwright::api::anthropic {

Routes routes(const Parts& parts) {
  return {
      surface_row(io::http::Method::Post, "/v1/messages", parts, messages),
      surface_row(io::http::Method::Post, "/v1/messages/count_tokens", parts, count_tokens),
  };
}

}  // namespace millwright::api::anthropic
