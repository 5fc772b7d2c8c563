#include "app/story/stage.hpp"

#include <fstream>
#include <sstream>

#include "api/local_exchange.hpp"
#include "cli/client.hpp"
#include "cli/output.hpp"
#include "io/http/client.hpp"

namespace millwright::app::story {

namespace {

using io::http::Method;

Result<json::value> call(Factory& factory, Method method, std::string_view path, std::string body) {
  io::http::Request request;
  request.method = method;
  const auto question = path.find('?');
  request.path = path.substr(0, question);
  if (question != std::string_view::npos) request.query = path.substr(question + 1);
  request.target = path;
  request.body = std::move(body);
  const auto response = api::dispatch_locally(*factory.router, *factory.runtime, std::move(request));
  if (response.status >= 400) return std::unexpected(cli::parse_problem(response));
  if (response.body.empty()) return json::value(nullptr);
  return parse_json(response.body);
}

}  // namespace

Result<json::value> Stage::get(std::string_view path) { return call(factory, Method::Get, path, {}); }

Result<json::value> Stage::post(std::string_view path, const json::object& body) {
  return call(factory, Method::Post, path, json::serialize(body));
}

Result<json::value> Stage::remove(std::string_view path) { return call(factory, Method::Delete, path, {}); }

Result<io::http::Response> Stage::complete(const std::string& key, const std::string& model,
                                           const std::string& question) {
  io::http::Origin origin;
  origin.is_tls = factory.settings.server.tls.has_value();
  origin.host = factory.settings.server.host == "0.0.0.0" ? "127.0.0.1" : factory.settings.server.host;
  origin.port = factory.server->port();
  io::http::ClientRequest request;
  request.path = "/v1/chat/completions";
  request.headers.set("content-type", "application/json");
  request.headers.set("authorization", "Bearer " + key);
  request.body = json::serialize(json::object{
      {"model", model}, {"messages", json::array{json::object{{"role", "user"}, {"content", question}}}}});
  return io::http::fetch_blocking(origin, std::move(request), std::chrono::seconds(60));
}

std::string text_at(const json::value& value, std::string_view path) {
  const auto found = cli::member_at(value, path);
  return found.is_null() ? std::string() : cli::render_scalar(found);
}

std::int64_t integer_at(const json::value& value, std::string_view path) {
  const auto found = cli::member_at(value, path);
  return found.is_int64() ? found.get_int64() : 0;
}

std::string answer_text(const io::http::Response& response) {
  const auto body = parse_json(response.body);
  if (!body) return {};
  const auto choices = cli::member_at(*body, "choices");
  if (!choices.is_array() || choices.get_array().empty()) return {};
  const auto content = cli::member_at(choices.get_array()[0], "message.content");
  return content.is_string() ? std::string(content.get_string()) : std::string();
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

}  // namespace millwright::app::story
