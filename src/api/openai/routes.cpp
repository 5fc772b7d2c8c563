#include "api/openai/routes.hpp"

#include "api/openai/batches.hpp"
#include "api/openai/chat_completions.hpp"
#include "api/openai/completions.hpp"
#include "api/openai/deferred.hpp"
#include "api/openai/files.hpp"
#include "api/openai/media.hpp"
#include "api/openai/models.hpp"
#include "api/openai/operations.hpp"
#include "api/openai/response_cancel.hpp"
#include "api/openai/response_delete.hpp"
#include "api/openai/response_input_items.hpp"
#include "api/openai/response_input_tokens.hpp"
#include "api/openai/response_log.hpp"
#include "api/openai/response_show.hpp"
#include "api/openai/responses.hpp"
#include "api/surface.hpp"

namespace millwright::api::openai {
using io::http::Method;

Routes routes(const Parts& given) {
  auto parts = given;
  parts.logs = std::make_shared<ResponseLogs>();
  return {
      deferrable_row("/v1/chat/completions", parts, chat_completions),
      deferrable_row("/v1/completions", parts, completions),
      deferrable_row("/v1/responses", parts, create_response),
      surface_row(Method::Post, "/v1/responses/input_tokens", parts, count_input_tokens),
      surface_row(Method::Get, "/v1/responses/{id}", parts, show_response),
      surface_row(Method::Delete, "/v1/responses/{id}", parts, delete_response),
      surface_row(Method::Post, "/v1/responses/{id}/cancel", parts, cancel_response),
      surface_row(Method::Get, "/v1/responses/{id}/input_items", parts, list_input_items),
      deferrable_row("/v1/embeddings", parts, embeddings),
      deferrable_row("/v1/moderations", parts, moderations),
      deferrable_row("/v1/rerank", parts, rerank),
      surface_row(Method::Post, "/v1/images/generations", parts, generate_images),
      surface_row(Method::Post, "/v1/images/edits", parts, edit_images),
      surface_row(Method::Post, "/v1/images/variations", parts, vary_images),
      surface_row(Method::Post, "/v1/audio/speech", parts, speak),
      surface_row(Method::Post, "/v1/audio/transcriptions", parts, transcribe),
      surface_row(Method::Post, "/v1/audio/translations", parts, translate),
      surface_row(Method::Post, "/v1/files", parts, create_file),
      surface_row(Method::Get, "/v1/files", parts, list_files),
      surface_row(Method::Get, "/v1/files/{id}", parts, show_file),
      surface_row(Method::Get, "/v1/files/{id}/content", parts, send_file_content),
      surface_row(Method::Delete, "/v1/files/{id}", parts, delete_file),
      surface_row(Method::Post, "/v1/batches", parts, create_batch),
      surface_row(Method::Get, "/v1/batches", parts, list_batches),
      surface_row(Method::Get, "/v1/batches/{id}", parts, show_batch),
      surface_row(Method::Post, "/v1/batches/{id}/cancel", parts, cancel_batch),
      surface_row(Method::Get, "/v1/models", parts, list_models),
      surface_row(Method::Get, "/v1/models/{id...}", parts, show_model),
  };
}

}  // namespace millwright::api::openai
