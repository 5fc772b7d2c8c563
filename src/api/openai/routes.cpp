#include "api/openai/routes.hpp"

#include "api/openai/chat_completions.hpp"
#include "api/openai/models.hpp"
#include "api/openai/operations.hpp"
#include "api/surface.hpp"

namespace millwright::api::openai {
using io::http::Method;

Routes routes(const Parts& parts) {
  return {
      surface_row(Method::Post, "/v1/chat/completions", parts, chat_completions),
      surface_row(Method::Post, "/v1/embeddings", parts, embeddings),
      surface_row(Method::Post, "/v1/moderations", parts, moderations),
      surface_row(Method::Post, "/v1/rerank", parts, rerank),
      surface_row(Method::Get, "/v1/models", parts, list_models),
      surface_row(Method::Get, "/v1/models/{id}", parts, show_model),
  };
}

}  // namespace millwright::api::openai
