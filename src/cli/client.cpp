#include "cli/client.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "base/text.hpp"
#include "io/http/target.hpp"
#include "io/sse/sse.hpp"

namespace millwright::cli {

namespace {

using io::http::Method;
using io::http::Response;

// Evaluations and index builds answer when they are done.
constexpr auto call_timeout = std::chrono::hours(2);

ErrorCode find_code(std::string_view name) {
  for (auto value = 0; value <= static_cast<int>(ErrorCode::Internal); ++value) {
    const auto code = static_cast<ErrorCode>(value);
    if (meaning(code).name == name) return code;
  }
  return ErrorCode::Internal;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~").find(c) != std::string_view::npos;
}

Result<json::value> parsed(Result<Response> response) {
  if (!response) return pass(response);
  if (response->status >= 400) return std::unexpected(parse_problem(*response));
  if (trimmed(response->body).empty()) return json::value(nullptr);
  return parse_json(response->body, {.bytes_max = 512u << 20, .depth_max = 64});
}

}  // namespace

bool is_served(const std::filesystem::path& socket_path) {
  const auto path = socket_path.string();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return false;
  const bool is_open = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(socket);
  return is_open;
}

std::string encoded(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (is_unreserved(c)) {
      result += c;
    } else {
      result += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
  }
  return result;
}

Error parse_problem(const Response& response) {
  Error error;
  error.code = ErrorCode::UpstreamFailed;
  error.message = fmt::format("the server answered {}", response.status);
  const auto body = parse_json_object(response.body);
  if (!body) return error;
  if (const auto code = string_member(*body, "code"); !code.empty()) error.code = find_code(code);
  if (const auto detail = string_member(*body, "detail"); !detail.empty()) error.message = detail;
  error.rule = string_member(*body, "rule");
  error.fix = string_member(*body, "fix");
  if (const auto* where = find_member(*body, "where"); where != nullptr && where->is_object()) {
    error.where.source = string_member(where->get_object(), "source");
    error.where.field = string_member(where->get_object(), "field");
    const auto* line = find_member(where->get_object(), "line");
    if (line != nullptr && line->is_int64()) error.where.line = static_cast<std::uint32_t>(line->get_int64());
  }
  return error;
}

Result<Client> Client::open(const Host& host, const Target& target) {
  Client client;
  client.token_ = target.token;
  if (!target.url.empty()) {
    auto origin = io::http::Origin::parse(target.url);
    if (!origin) {
      origin.error().code = ErrorCode::InvalidInput;
      origin.error().where.field = "--url";
      return pass(origin);
    }
    client.origin_ = std::move(*origin);
    return client;
  }
  const auto socket = (target.places.data / "control.sock").string();
  if (is_served(socket)) {
    client.origin_.host = "localhost";
    client.origin_.port = 80;
    client.origin_.unix_socket = socket;
    return client;
  }
  auto local = host.open_local(target.places);
  if (!local) return pass(local);
  client.local_ = std::move(*local);
  return client;
}

Result<Response> Client::call(Method method, std::string_view path, std::string body, std::string_view media_type,
                              const OnPiece& on_piece, std::stop_token stop) {
  if (local_) {
    io::http::Request request;
    request.method = method;
    request.target = path;
    const auto question = path.find('?');
    request.query = question == std::string_view::npos ? std::string() : std::string(path.substr(question + 1));
    request.path = io::http::decoded_query_part(path.substr(0, question));
    request.body = std::move(body);
    return local_->call(std::move(request), on_piece, std::move(stop));
  }
  io::http::ClientRequest request;
  request.method = method;
  request.path = path;
  if (!media_type.empty()) request.headers.set("content-type", std::string(media_type));
  if (!token_.empty()) request.headers.set("authorization", "Bearer " + token_);
  request.body = std::move(body);
  auto response = io::http::fetch_blocking(origin_, std::move(request), call_timeout, on_piece, std::move(stop));
  if (!response && response.error().code == ErrorCode::Unavailable) {
    response.error().fix = "start it with millwright serve, or check --url";
  }
  return response;
}

Result<json::value> Client::get(std::string_view path) { return parsed(call(Method::Get, path, {}, {})); }

Result<json::value> Client::post(std::string_view path, const json::object& body) {
  return parsed(call(Method::Post, path, json::serialize(body), "application/json"));
}

Result<void> Client::post_streamed(std::string_view path, const json::object& body, const OnEvent& on_event,
                                   std::stop_token stop) {
  io::sse::Parser parser;
  std::optional<Error> fault;
  const auto take = [&](const io::sse::Event& event) {
    auto data = parse_json(event.data, {.bytes_max = 64u << 20, .depth_max = 64});
    if (data) on_event(event.name, *data);
  };
  const auto on_piece = [&](std::string_view piece) {
    if (fault) return;
    auto fed = parser.feed(piece);
    if (!fed) fault = fed.error();
    io::sse::Event event;
    while (parser.next(event)) take(event);
  };
  auto response = call(Method::Post, path, json::serialize(body), "application/json", on_piece, std::move(stop));
  if (!response) return pass(response);
  if (response->status >= 400) return std::unexpected(parse_problem(*response));
  if (fault) return std::unexpected(std::move(*fault));
  if (trimmed(response->body).empty()) return {};
  auto whole = parse_json(response->body, {.bytes_max = 64u << 20, .depth_max = 64});
  if (!whole) return pass(whole);
  on_event("", *whole);
  return {};
}

Result<json::value> Client::remove(std::string_view path) { return parsed(call(Method::Delete, path, {}, {})); }

Result<std::string> Client::get_text(std::string_view path) {
  auto response = call(Method::Get, path, {}, {});
  if (!response) return pass(response);
  if (response->status >= 400) return std::unexpected(parse_problem(*response));
  return std::move(response->body);
}

Result<json::value> Client::post_bytes(std::string_view path, std::string bytes) {
  return parsed(call(Method::Post, path, std::move(bytes), "application/octet-stream"));
}

}  // namespace millwright::cli
