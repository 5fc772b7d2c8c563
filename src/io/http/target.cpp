#include "io/http/target.hpp"

#include <algorithm>

#include "base/text.hpp"

#include "base/text.hpp"

namespace millwright::io::http {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_ascii_alnum(char c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'); }

constexpr Rejection bad_target(std::string_view message) { return {400, "bad_request_target", message}; }
constexpr Rejection bad_host(std::string_view message) { return {400, "bad_host", message}; }

Rejection decode_path(std::string_view raw, std::string& path) {
  path.clear();
  for (std::size_t i = 0; i < raw.size(); ++i) {
    char c = raw[i];
    if (c == '%') {
      const int high = i + 2 < raw.size() ? hex_value(raw[i + 1]) : -1;
      const int low = i + 2 < raw.size() ? hex_value(raw[i + 2]) : -1;
      if (high < 0 || low < 0) return bad_target("a percent sign in the path is not followed by two hex digits");
      c = static_cast<char>(high << 4 | low);
      i += 2;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      return bad_target("the path decodes to a control character");
    }
    path.push_back(c);
  }
  return {};
}

bool has_dot_segment(std::string_view path) {
  std::size_t start = 0;
  while (start <= path.size()) {
    const std::size_t end = std::min(path.find_first_of("/\\", start), path.size());
    const std::string_view segment = path.substr(start, end - start);
    if (segment == "." || segment == "..") return true;
    start = end + 1;
  }
  return false;
}

Rejection check_port(std::string_view port) {
  unsigned value = 0;
  if (port.empty() || port.size() > 5) return bad_host("the port in Host is not a number from 1 to 65535");
  for (const char c : port) {
    if (c < '0' || c > '9') return bad_host("the port in Host is not a number from 1 to 65535");
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  if (value == 0 || value > 65535) return bad_host("the port in Host is not a number from 1 to 65535");
  return {};
}

}  // namespace

Rejection parse_target(std::string_view target, std::string& path, std::string& query) {
  query.clear();
  if (target == "*") {
    path.assign(target);
    return {};
  }
  if (target.empty() || target.front() != '/') {
    return bad_target("the request target must be a path that begins with a slash");
  }
  for (const char c : target) {
    if (c == '#') return bad_target("the request target holds a fragment");
    if (static_cast<unsigned char>(c) >= 0x80) {
      return bad_target("the request target holds a byte outside ASCII that is not percent-encoded");
    }
  }
  const std::size_t mark = target.find('?');
  if (mark != std::string_view::npos) query.assign(target.substr(mark + 1));
  const std::string_view raw = target.substr(0, mark);
  if (raw.find('%') == std::string_view::npos) {
    path.assign(raw);
  } else {
    if (const Rejection refused = decode_path(raw, path)) return refused;
    if (first_invalid_utf8(path)) return bad_target("the path does not decode to UTF-8");
  }
  if (path.find('.') != std::string::npos && has_dot_segment(path)) {
    return bad_target("the path holds a dot segment");
  }
  return {};
}

Rejection check_host_header(std::string_view value) {
  if (value.empty()) return bad_host("Host is empty");
  std::string_view name = value;
  std::string_view port;
  bool has_port = false;
  if (value.front() == '[') {
    const std::size_t end = value.find(']');
    if (end == std::string_view::npos) return bad_host("Host holds an unfinished address literal");
    name = value.substr(1, end - 1);
    const std::string_view rest = value.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') return bad_host("Host holds text after the address literal");
    has_port = !rest.empty();
    if (has_port) port = rest.substr(1);
    const auto is_address_char = [](char c) { return hex_value(c) >= 0 || c == ':' || c == '.'; };
    if (name.empty() || !std::ranges::all_of(name, is_address_char)) {
      return bad_host("Host holds a character that no address has");
    }
  } else {
    const std::size_t colon = value.find(':');
    has_port = colon != std::string_view::npos;
    name = value.substr(0, colon);
    if (has_port) port = value.substr(colon + 1);
    const auto is_name_char = [](char c) { return is_ascii_alnum(c) || c == '-' || c == '.' || c == '_'; };
    if (name.empty()) return bad_host("Host has no name before the port");
    if (!std::ranges::all_of(name, is_name_char)) return bad_host("Host holds a character that no host name has");
  }
  return has_port ? check_port(port) : Rejection{};
}

std::string decoded_query_part(std::string_view part) {
  std::string out;
  out.reserve(part.size());
  for (std::size_t i = 0; i < part.size(); ++i) {
    const int high = part[i] == '%' && i + 2 < part.size() ? hex_value(part[i + 1]) : -1;
    const int low = high >= 0 ? hex_value(part[i + 2]) : -1;
    if (low >= 0) {
      out.push_back(static_cast<char>(high << 4 | low));
      i += 2;
    } else {
      out.push_back(part[i] == '+' ? ' ' : part[i]);
    }
  }
  return out;
}

}  // namespace millwright::io::http
