#include "extensions/providers/aws_role.hpp"

#include <algorithm>
#include <fstream>

#include "base/text.hpp"

namespace millwright::extensions {
namespace {

constexpr Duration fetch_timeout{5'000};
constexpr std::size_t answer_bytes_max = 64u << 10;
constexpr std::size_t token_bytes_max = 16u << 10;
constexpr std::string_view roles_path = "/latest/meta-data/iam/security-credentials/";

using Fetched = RenewedCredentials::Fetched;

/// The body of a success.
io::Task<Result<std::string>> ask(io::http::Client& client, const io::http::Origin& origin,
                                  io::http::ClientRequest request, std::string_view what) {
  auto response = co_await client.send(origin, std::move(request), fetch_timeout);
  if (!response) co_return pass(response);
  (*response)->expire_after(fetch_timeout);
  auto body = co_await (*response)->read_all(answer_bytes_max);
  if (!body) co_return pass(body);
  const auto status = (*response)->status();
  if (status >= 200 && status < 300) co_return std::move(*body);
  const bool may_pass = status == 429 || status >= 500;
  auto error = fail(may_pass ? ErrorCode::Unavailable : ErrorCode::UpstreamFailed, "{} answered {}", what, status);
  if (!may_pass)
    error.error().fix = "An administrator must check that a role is attached and that its endpoint may be asked.";
  co_return error;
}

Result<std::string> read_token(const std::string& file) {
  // A few hundred bytes on a local disk, once in an hour.
  std::ifstream stream(file, std::ios::binary);
  std::string text(token_bytes_max + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  const std::string token(trimmed(text));
  if (!token.empty() && text.size() <= token_bytes_max) return token;
  return fail(ErrorCode::UpstreamFailed, "the token file of the container's role could not be read");
}

io::Task<Result<Fetched>> fetch_of_container(std::shared_ptr<const ContainerEndpoint> endpoint,
                                             io::http::Client& client) {
  io::http::ClientRequest request;
  request.method = io::http::Method::Get;
  request.path = endpoint->path;
  request.headers.add("Accept", "application/json");
  auto token = endpoint->token;
  if (!endpoint->token_file.empty()) {
    auto read = read_token(endpoint->token_file);
    if (!read) co_return pass(read);
    token = std::move(*read);
  }
  if (!token.empty()) request.headers.add("Authorization", token);
  auto body = co_await ask(client, endpoint->origin, std::move(request), "the endpoint of the container's role");
  if (!body) co_return pass(body);
  co_return parse_role_credentials(*body);
}

/// One name in a path: what IAM allows.
bool is_role_name(std::string_view name) {
  constexpr std::string_view more = "+=,.@-_";
  return !name.empty() && name.size() <= 128 && std::ranges::all_of(name, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || more.contains(c);
  });
}

io::Task<Result<Fetched>> fetch_of_instance(std::shared_ptr<const io::http::Origin> origin, io::http::Client& client) {
  io::http::ClientRequest session;
  session.method = io::http::Method::Put;
  session.path = "/latest/api/token";
  session.headers.add("X-aws-ec2-metadata-token-ttl-seconds", "300");
  auto token = co_await ask(client, *origin, std::move(session), "the metadata service");
  if (!token) co_return pass(token);
  const auto get = [&token](std::string path) {
    io::http::ClientRequest request;
    request.method = io::http::Method::Get;
    request.path = std::move(path);
    request.headers.add("X-aws-ec2-metadata-token", *token);
    return request;
  };
  auto roles = co_await ask(client, *origin, get(std::string(roles_path)), "the metadata service's list of roles");
  if (!roles) co_return pass(roles);
  const std::string role(trimmed(std::string_view(*roles).substr(0, roles->find('\n'))));
  if (!is_role_name(role)) co_return fail(ErrorCode::UpstreamFailed, "the metadata service names no role");
  auto body = co_await ask(client, *origin, get(std::string(roles_path) + role), "the metadata service");
  if (!body) co_return pass(body);
  co_return parse_role_credentials(*body);
}

}  // namespace

RenewedCredentials make_container_credentials(ContainerEndpoint endpoint, io::http::Client& client,
                                              const Clock& clock) {
  auto shared = std::make_shared<const ContainerEndpoint>(std::move(endpoint));
  return {"the credentials of the container's role", [shared, &client]() { return fetch_of_container(shared, client); },
          clock};
}

RenewedCredentials make_instance_credentials(io::http::Origin origin, io::http::Client& client, const Clock& clock) {
  auto shared = std::make_shared<const io::http::Origin>(std::move(origin));
  return {"the credentials of the instance's role", [shared, &client]() { return fetch_of_instance(shared, client); },
          clock};
}

}  // namespace millwright::extensions
