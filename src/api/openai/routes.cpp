#include "api/openai/routes.hpp"

#include "api/openai/chat_completions.hpp"
#include "api/openai/completions.hpp"
#include "api/openai/models.hpp"
#include "api/openai/response_cancel.hpp"
#include "api/openai/response_delete.hpp"
#include "api/openai/response_input_items.hpp"
#include "api/openai/response_show.hpp"
#include "api/openai/responses.hpp"

namespace millwright::api::openai {
namespace {

using io::http::Exchange;
using io::http::Method;

Route surface(Method method, std::string pattern, const Parts& parts, io::Task<void> (*handler)(Parts, Exchange&)) {
  return {method, std::move(pattern), Access::Surface,
          AsyncHandler([parts, handler](Exchange& exchange) { return handler(parts, exchange); })};
}

}  // namespace

Routes routes(const Parts& parts) {
  return {
      surface(Method::Post, "/v1/chat/completions", parts, chat_completions),
      surface(Method::Post, "/v1/completions", parts, completions),
      surface(Method::Post, "/v1/responses", parts, create_response),
      surface(Method::Get, "/v1/responses/{id}", parts, show_response),
      surface(Method::Delete, "/v1/responses/{id}", parts, delete_response),
      surface(Method::Post, "/v1/responses/{id}/cancel", parts, cancel_response),
      surface(Method::Get, "/v1/responses/{id}/input_items", parts, list_input_items),
      surface(Method::Get, "/v1/models", parts, list_models),
      surface(Method::Get, "/v1/models/{id}", parts, show_model),
  };
}

}  // namespace millwright::api::openai
