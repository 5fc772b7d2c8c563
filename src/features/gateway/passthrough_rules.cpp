#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "features/gateway/passthrough.hpp"
#include "io/http/target.hpp"

namespace millwright::gateway {
namespace {

constexpr std::array<std::string_view, 10> hop_by_hop{
    "connection",        "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade",    "http2-settings"};
constexpr std::array<std::string_view, 15> kept_here{
    "authorization", "x-api-key",      "api-key",        "x-goog-api-key",  "cookie",
    "host",          "content-length", "expect",         "accept-encoding", "forwarded",
    "via",           "x-real-ip",      "x-original-url", "x-rewrite-url",   "x-http-method-override"};

bool is_one_of(const auto& names, std::string_view name) {
  return std::ranges::any_of(names, [name](std::string_view each) { return equal_ignoring_case(each, name); });
}

/// Named by Connection: for this hop only.
bool is_for_this_hop(const io::http::Headers& headers, std::string_view name) {
  for (const auto& field : headers) {
    if (!equal_ignoring_case(field.name, "connection")) continue;
    for (const auto part : split(field.value, ',')) {
      if (equal_ignoring_case(trimmed(part), name)) return true;
    }
  }
  return false;
}

bool has_prefix(std::string_view name, std::string_view prefix) {
  return name.size() >= prefix.size() && equal_ignoring_case(name.substr(0, prefix.size()), prefix);
}

std::size_t members_of(const json::value& value) {
  std::size_t count = 0;
  if (value.is_object()) {
    count = value.get_object().size();
    for (const auto& member : value.get_object()) count += members_of(member.value());
  } else if (value.is_array()) {
    for (const auto& item : value.get_array()) count += members_of(item);
  }
  return count;
}

/// One segment against a pattern in which '*' stands for any part of at least one byte. Only the last star is ever made
/// longer: no pattern costs more than its length times the segment's.
bool matches_segment(std::string_view pattern, std::string_view segment) {
  std::size_t at = 0, behind_star = 0, star_end = 0;   // of the pattern, of the pattern, of the segment
  for (std::size_t i = 0; i < segment.size();) {
    if (at < pattern.size() && pattern[at] == '*') {
      behind_star = ++at;
      star_end = ++i;
    } else if (at < pattern.size() && pattern[at] == segment[i]) {
      ++at, ++i;
    } else if (behind_star > 0) {
      at = behind_star;
      i = ++star_end;
    } else {
      return false;
    }
  }
  return at == pattern.size();
}

}  // namespace

std::string_view find_path_fault(std::string_view path) {
  if (path.empty() || path.front() != '/') return "the path must begin with a slash";
  for (std::size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    if (c <= 0x20 || c >= 0x7f) return "the path holds a character that must be percent-encoded";
    if (c == '\\' || c == '?' || c == '#') return "the path holds a backslash, a question mark or a hash sign";
    if (c != '%') continue;
    const auto code = to_lower_ascii(path.substr(i + 1, 2));
    if (code.size() < 2 || code.find_first_not_of("0123456789abcdef") != std::string::npos)
      return "the path holds a broken escape";
    if (code == "2f" || code == "5c" || code == "2e" || code == "25" || code < "20" || code == "7f") {
      return "the path holds an encoded slash, backslash, dot, percent sign or control character";
    }
  }
  for (const auto segment : split(path.substr(1), '/')) {
    if (segment.empty() && path.size() > 1) return "the path holds an empty segment";
    if (segment == "." || segment == "..") return "the path holds a dot segment";
  }
  return {};
}

bool matches_path(std::string_view pattern, io::http::Method method, std::string_view path) {
  if (const auto space = pattern.find(' '); space != std::string_view::npos) {
    const auto verb = method == io::http::Method::Head ? io::http::Method::Get : method;
    if (pattern.substr(0, space) != io::http::method_name(verb)) return false;
    pattern = trimmed(pattern.substr(space + 1));
  }
  const auto wanted = split(pattern, '/'), given = split(path, '/');
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == "**" && i + 1 == wanted.size()) return given.size() > i;
    if (i >= given.size() || !matches_segment(wanted[i], given[i])) return false;
  }
  return wanted.size() == given.size();
}

bool repeats_a_member(std::string_view text, const json::value& parsed) {
  // In JSON every colon outside of a string belongs to one member.
  std::size_t written = 0;
  bool is_in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_in_string && c == '\\')
      ++i;
    else if (c == '"')
      is_in_string = !is_in_string;
    else if (c == ':' && !is_in_string)
      ++written;
  }
  return written != members_of(parsed);
}

std::string query_without_secrets(std::string_view query) {
  std::string kept;
  if (query.empty()) return kept;
  for (const auto pair : split(query, '&')) {
    const auto name = to_lower_ascii(io::http::decoded_query_part(pair.substr(0, pair.find('='))));
    if (name == "key" || name == "api_key" || name == "api-key" || name == "access_token") continue;
    if (!kept.empty()) kept += '&';
    kept += pair;
  }
  return kept;
}

io::http::Headers forwarded_request_headers(const io::http::Headers& received) {
  io::http::Headers sent;
  for (const auto& [name, value] : received) {
    const bool stays = is_one_of(hop_by_hop, name) || is_one_of(kept_here, name) || is_for_this_hop(received, name) ||
                       has_prefix(name, "x-millwright-") || has_prefix(name, "x-forwarded-") ||
                       has_prefix(name, "x-amz-") || has_prefix(name, "proxy-");
    if (!stays) sent.add(name, value);
  }
  sent.set("Accept-Encoding", "identity");
  return sent;
}

io::http::Headers forwarded_response_headers(const io::http::Headers& received) {
  io::http::Headers sent;
  for (const auto& [name, value] : received) {
    const bool stays = is_one_of(hop_by_hop, name) || is_for_this_hop(received, name) ||
                       has_prefix(name, "x-millwright-") || equal_ignoring_case(name, "content-length") ||
                       equal_ignoring_case(name, "set-cookie") || equal_ignoring_case(name, "alt-svc") ||
                       equal_ignoring_case(name, "strict-transport-security");
    if (!stays) sent.add(name, value);
  }
  return sent;
}

}  // namespace millwright::gateway
