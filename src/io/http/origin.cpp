#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "base/text.hpp"
#include "io/http/client.hpp"

namespace millwright::io::http {
namespace {

std::unexpected<Error> refuse(std::string_view why, std::string_view fix) {
  auto error = fail(ErrorCode::InvalidConfig, "the URL {}", why);
  error.error().fix = fix;
  return error;
}

}  // namespace

Result<Origin> Origin::parse(std::string_view url) {
  const auto parsed = boost::urls::parse_uri(boost::core::string_view(url.data(), url.size()));
  if (parsed.has_error()) return refuse("is malformed", "Write it as https://host:port/path.");
  const boost::urls::url_view& view = *parsed;
  Origin origin;
  origin.is_tls = view.scheme_id() == boost::urls::scheme::https;
  if (!origin.is_tls && view.scheme_id() != boost::urls::scheme::http) {
    return refuse("is neither http nor https", "Write it as https://host:port/path.");
  }
  if (view.has_userinfo()) return refuse("holds credentials", "Give them as a secret, not in the URL.");
  if (view.has_query()) return refuse("holds a query", "Leave out everything from the question mark.");
  if (view.has_fragment()) return refuse("holds a fragment", "Leave out everything from the hash sign.");
  origin.host = to_lower_ascii(std::string(view.host_address()));
  if (origin.host.empty()) return refuse("names no host", "Write it as https://host:port/path.");
  const std::string port(view.port());
  const unsigned long number = port.empty() ? (origin.is_tls ? 443 : 80) : port.size() > 5 ? 0 : std::stoul(port);
  origin.port = static_cast<std::uint16_t>(number);
  if (number == 0 || number > 65535) return refuse("names a port out of range", "Use a port from 1 to 65535.");
  origin.base_path = std::string(view.encoded_path());
  while (!origin.base_path.empty() && origin.base_path.back() == '/') origin.base_path.pop_back();
  return origin;
}

std::string Origin::authority() const {
  const bool is_default_port = port == (is_tls ? 443 : 80);
  const bool is_v6 = host.find(':') != std::string::npos;
  std::string text = is_v6 ? "[" + host + "]" : host;
  if (!is_default_port) text += ":" + std::to_string(port);
  return text;
}

}  // namespace millwright::io::http
