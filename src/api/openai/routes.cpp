#include "api/openai/routes.hpp"

#include "api/openai/chat_completions.hpp"
#include "api/openai/models.hpp"
#include "api/openai/operations.hpp"

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
      surface(Method::Post, "/v1/embeddings", parts, embeddings),
      surface(Method::Post, "/v1/moderations", parts, moderations),
      surface(Method::Post, "/v1/rerank", parts, rerank),
      surface(Method::Get, "/v1/models", parts, list_models),
      surface(Method::Get, "/v1/models/{id}", parts, show_model),
  };
}

}  // namespace millwright::api::openai
