#include "api/openai/models.hpp"

#include "api/openai/surface.hpp"

namespace millwright::api::openai {
namespace {

json::object model_json(const std::string& name) {
  return {{"id", name}, {"object", "model"}, {"created", 0}, {"owned_by", "millwright"}};
}

io::http::Response json_response(const json::value& body) {
  io::http::Response response;
  response.headers.set("Content-Type", "application/json");
  response.body = json::serialize(body);
  return response;
}

}  // namespace

io::Task<void> list_models(Parts parts, io::http::Exchange& exchange) {
  auto caller = read_caller(exchange.request(), parts);
  io::http::Response response;
  if (!caller) {
    response = error_response(caller.error(), false, Id::generate().text());
  } else {
    json::array models;
    for (const auto& name : parts.gateway->models_for(*caller->principal)) models.push_back(model_json(name));
    response = json_response(json::object{{"object", "list"}, {"data", std::move(models)}});
  }
  auto sent = co_await exchange.send(std::move(response));
  (void)sent;
}

io::Task<void> show_model(Parts parts, io::http::Exchange& exchange) {
  auto caller = read_caller(exchange.request(), parts);
  io::http::Response response;
  if (!caller) {
    response = error_response(caller.error(), false, Id::generate().text());
  } else {
    // A name may hold slashes, as they are or percent-encoded: the path is decoded already.
    constexpr std::string_view prefix = "/v1/models/";
    const auto name = exchange.request().path.substr(prefix.size());
    if (parts.gateway->may_name(*caller->principal, name)) {
      response = json_response(model_json(name));
    } else {
      auto error = fail(ErrorCode::NotFound, "there is no use case or model \"{}\" for this key", name);
      error.error().where.field = "model";
      response = error_response(error.error(), false, Id::generate().text());
    }
  }
  auto sent = co_await exchange.send(std::move(response));
  (void)sent;
}

}  // namespace millwright::api::openai
