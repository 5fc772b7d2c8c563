#include "io/http/request_head.hpp"

#include <algorithm>
#include <string_view>

#include "base/text.hpp"

namespace millwright::io::http {
namespace {

bool is_target(std::string_view path) {
  return std::ranges::none_of(path, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '#'; });
}

bool is_token(std::string_view name) {
  return !name.empty() && std::ranges::none_of(name, [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f || c == ':';
  });
}

bool is_one_line(std::string_view value) {
  return std::ranges::none_of(value, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

bool is_clients_own(std::string_view name) {
  return equal_ignoring_case(name, "host") || equal_ignoring_case(name, "content-length") ||
         equal_ignoring_case(name, "transfer-encoding") || equal_ignoring_case(name, "connection");
}

}  // namespace

Result<std::string> render_request_head(const Origin& origin, const ClientRequest& request, const Proxy* proxy) {
  if (!is_target(request.path) || (!request.path.empty() && request.path.front() != '/' && request.path.front() != '?')) {
    return fail(ErrorCode::InvalidInput, "the request path must begin with a slash and hold no white space");
  }
  if (request.method == Method::Other) return fail(ErrorCode::InvalidInput, "the request has no method");
  std::string head;
  head.reserve(512);
  head.append(method_name(request.method)).append(" ");
  if (proxy != nullptr) head.append("http://").append(origin.authority());
  const bool is_root = origin.base_path.empty() && (request.path.empty() || request.path.front() != '/');
  head.append(origin.base_path).append(is_root ? "/" : "").append(request.path);
  head.append(" HTTP/1.1\r\nHost: ").append(origin.authority()).append("\r\n");
  if (proxy != nullptr && !proxy->authorization.empty()) {
    head.append("Proxy-Authorization: ").append(proxy->authorization).append("\r\n");
  }
  for (const Headers::Field field : request.headers) {
    if (is_clients_own(field.name)) continue;
    if (!is_token(field.name) || !is_one_line(field.value)) {
      return fail(ErrorCode::InvalidInput, "the header \"{}\" holds a line break or is misnamed",
                  is_token(field.name) ? field.name : "?");
    }
    head.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  const bool always_has_length = request.method != Method::Get && request.method != Method::Head;
  if (always_has_length || !request.body.empty()) {
    head.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
  }
  head.append("\r\n");
  return head;
}

}  // namespace millwright::io::http
