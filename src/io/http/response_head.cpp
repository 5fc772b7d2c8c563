#include "io/http/response_head.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>

#include <boost/beast/http/status.hpp>
#include <spdlog/spdlog.h>

#include "base/text.hpp"

namespace millwright::io::http {
namespace {

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

/// Fields that describe the message on this connection, which only the server knows.
bool is_servers_own(std::string_view name) {
  switch (name.size()) {
    case 4: return equal_ignoring_case(name, "date");
    case 10: return equal_ignoring_case(name, "connection") || equal_ignoring_case(name, "keep-alive");
    case 14: return equal_ignoring_case(name, "content-length");
    case 17: return equal_ignoring_case(name, "transfer-encoding");
    default: return false;
  }
}

bool breaks_the_message(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

void append_status_line(std::string& out, std::uint16_t status) {
  if (status == 200) {
    out.append("HTTP/1.1 200 OK\r\n");
    return;
  }
  out.append("HTTP/1.1 ");
  append_number(out, status);
  out.push_back(' ');
  const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
  out.append(reason.data(), reason.size());
  out.append("\r\n");
}

void append_field(std::string& out, const Headers::Field& field) {
  if (is_servers_own(field.name)) return;
  if (field.name.empty() || breaks_the_message(field.name) || breaks_the_message(field.value)) {
    spdlog::error("a response header was left out: its name or value holds a line break");
    return;
  }
  out.append(field.name).append(": ").append(field.value).append("\r\n");
}

}  // namespace

void render_head(std::string& out, const Response& response, const HeadOptions& options) {
  out.clear();
  append_status_line(out, response.status);
  out.append("Date: ").append(options.date).append("\r\n");
  for (const Headers::Field field : response.headers) append_field(out, field);
  const bool has_no_body = response.status == 204 || response.status == 304 || response.status < 200;
  if (!has_no_body && options.framing == Framing::Length) {
    out.append("Content-Length: ");
    append_number(out, response.body.size());
    out.append("\r\n");
  }
  if (!has_no_body && options.framing == Framing::Chunked) out.append("Transfer-Encoding: chunked\r\n");
  if (options.persistence == Persistence::Close) out.append("Connection: close\r\n");
  if (options.persistence == Persistence::KeepAliveHttp10) out.append("Connection: keep-alive\r\n");
  out.append("\r\n");
}

bool asks_to_close(const Headers& headers) {
  return std::ranges::any_of(headers, [](const Headers::Field field) {
    return field.name.size() == 10 && equal_ignoring_case(field.name, "connection") &&
           equal_ignoring_case(field.value, "close");
  });
}

Response make_refusal(const Rejection& rejection) {
  const std::string_view type = rejection.status >= 500 ? "server_error" : "invalid_request_error";
  Response response;
  response.status = static_cast<std::uint16_t>(rejection.status);
  response.headers.add("Content-Type", "application/json");
  if (rejection.status == 503) response.headers.add("Retry-After", "1");
  response.body = fmt::format(R"({{"error":{{"message":"{}","type":"{}","param":null,"code":"{}"}}}})",
                              rejection.message, type, rejection.code);
  return response;
}

std::string render_http_date(std::time_t time) {
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", days[static_cast<std::size_t>(parts.tm_wday)],
                     parts.tm_mday, months[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace millwright::io::http
