#include "features/gateway/request_fields.hpp"

namespace millwright::gateway {

std::unexpected<Error> field_error(std::string field, std::string message) {
  Error error;
  error.code = ErrorCode::InvalidInput;
  error.message = std::move(message);
  error.where.source = "request body";
  error.where.field = std::move(field);
  return std::unexpected(std::move(error));
}

Result<std::string> load_model(const json::object& body) {
  const auto model = string_member(body, "model");
  if (model.empty()) return field_error("model", "model must name a use case or a model");
  return std::string(model);
}

}  // namespace millwright::gateway
