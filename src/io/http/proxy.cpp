#include "io/http/proxy.hpp"

#include <charconv>

#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "base/text.hpp"

namespace millwright::io::http {
namespace {

constexpr std::uint16_t usual_port = 3128;

std::unexpected<Error> refuse(std::string_view why, std::string_view fix) {
  auto error = fail(ErrorCode::InvalidConfig, "the proxy's address {}", why);
  error.error().fix = fix;
  return error;
}

bool is_header_text(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  }
  return true;
}

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

std::optional<boost::asio::ip::address> address_of(std::string_view text) {
  boost::system::error_code error;
  auto address = boost::asio::ip::make_address(std::string(text), error);
  return error ? std::nullopt : std::optional(address);
}

template <class Bytes>
bool has_prefix(const Bytes& bytes, const Bytes& network, int bits) {
  for (std::size_t i = 0; i < bytes.size() && bits > 0; ++i, bits -= 8) {
    const int shift = bits >= 8 ? 0 : 8 - bits;
    if (bytes[i] >> shift != network[i] >> shift) return false;
  }
  return true;
}

bool is_within(const boost::asio::ip::address& address, const boost::asio::ip::address& network, int bits) {
  if (address.is_v4() != network.is_v4()) return false;
  if (address.is_v4()) return has_prefix(address.to_v4().to_bytes(), network.to_v4().to_bytes(), bits);
  return has_prefix(address.to_v6().to_bytes(), network.to_v6().to_bytes(), bits);
}

}  // namespace

std::string Proxy::name() const {
  return host.find(':') == std::string::npos ? fmt::format("http://{}:{}", host, port)
                                             : fmt::format("http://[{}]:{}", host, port);
}

Result<Proxy> Proxy::parse(std::string_view url, std::string_view username, std::string_view password) {
  constexpr std::string_view fix = "Write it as http://host:port.";
  std::string whole(url);
  if (whole.find("://") == std::string::npos) whole = "http://" + whole;  // as curl takes it
  const auto parsed = boost::urls::parse_uri(boost::core::string_view(whole.data(), whole.size()));
  if (parsed.has_error()) return refuse("is malformed", fix);
  const boost::urls::url_view& view = *parsed;
  if (view.scheme_id() != boost::urls::scheme::http) {
    return refuse("has a scheme that is not taken", "Use an HTTP proxy reached in plain text: http://host:port.");
  }
  const std::string path(view.encoded_path());
  if ((!path.empty() && path != "/") || view.has_query() || view.has_fragment()) return refuse("holds a path", fix);
  Proxy proxy;
  proxy.host = to_lower_ascii(std::string(view.host_address()));
  if (proxy.host.empty()) return refuse("names no host", fix);
  const std::string port(view.port());
  const auto number = port.empty() ? std::optional(usual_port) : port_of(port);
  if (!number) return refuse("names a port out of range", "Use a port from 1 to 65535.");
  proxy.port = *number;
  std::string user(username), secret(password);
  if (user.empty() && view.has_userinfo()) {
    user = std::string(view.user());
    secret = std::string(view.password());
  }
  if (user.empty()) return proxy;
  if (!is_header_text(user) || !is_header_text(secret) || user.find(':') != std::string::npos) {
    return refuse("has a user name or a password that no header can hold", "Take colons and line breaks out.");
  }
  proxy.authorization = "Basic " + to_base64(user + ":" + secret);
  return proxy;
}

Result<ProxyRules> ProxyRules::parse(const std::function<const char*(const char*)>& variable) {
  const auto value_of = [&variable](const char* lower, const char* upper) -> std::string_view {
    const char* value = variable(lower);
    if (value == nullptr) value = variable(upper);
    return value == nullptr ? std::string_view() : trimmed(value);
  };
  ProxyRules rules;
  struct Place {
    const char *lower, *upper;
    std::optional<Proxy> ProxyRules::* proxy;
  };
  const std::array places{Place{"https_proxy", "HTTPS_PROXY", &ProxyRules::https_},
                          Place{"http_proxy", "HTTP_PROXY", &ProxyRules::http_},
                          Place{"all_proxy", "ALL_PROXY", nullptr}};
  for (const auto& place : places) {
    const auto url = value_of(place.lower, place.upper);
    if (url.empty()) continue;
    auto proxy = Proxy::parse(url);
    if (!proxy) {
      proxy.error().where.source = "environment";
      proxy.error().where.field = place.upper;
      return pass(proxy);
    }
    if (place.proxy != nullptr) {
      rules.*place.proxy = std::move(*proxy);
      continue;
    }
    if (!rules.https_) rules.https_ = *proxy;
    if (!rules.http_) rules.http_ = *proxy;
  }
  std::string list(value_of("no_proxy", "NO_PROXY"));
  for (char& c : list) {
    if (c == ' ' || c == '\t') c = ',';
  }
  for (const auto entry : split(list, ',')) rules.add_exception(trimmed(entry));
  return rules;
}

void ProxyRules::add_exception(std::string_view text) {
  if (text.empty()) return;
  if (text == "*") {
    is_all_direct_ = true;
    return;
  }
  Exception exception;
  if (text.front() == '[') {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return;
    if (text.substr(close + 1).starts_with(':')) exception.port = port_of(text.substr(close + 2)).value_or(0);
    text = text.substr(1, close - 1);
  } else if (const auto colon = text.find(':'); colon != std::string_view::npos && colon == text.rfind(':')) {
    exception.port = port_of(text.substr(colon + 1)).value_or(0);
    text = text.substr(0, colon);
  }
  if (const auto slash = text.find('/'); slash != std::string_view::npos) {
    const auto network = address_of(text.substr(0, slash));
    const auto bits = text.substr(slash + 1);
    int number = -1;
    const auto [end, error] = std::from_chars(bits.data(), bits.data() + bits.size(), number);
    const bool is_number = error == std::errc() && end == bits.data() + bits.size();
    if (!network || !is_number || number < 0 || number > (network->is_v4() ? 32 : 128)) return;
    exception.prefix_bits = number;
    text = text.substr(0, slash);
  }
  if (text.starts_with("*.")) text.remove_prefix(1);
  if (text.starts_with('.')) text.remove_prefix(1);
  exception.host = to_lower_ascii(text);
  if (!exception.host.empty()) exceptions_.push_back(std::move(exception));
}

bool ProxyRules::is_direct(std::string_view host, std::uint16_t port) const {
  const auto address = address_of(host);
  if (is_all_direct_ || host == "localhost" || host.ends_with(".localhost") || (address && address->is_loopback())) {
    return true;
  }
  for (const auto& each : exceptions_) {
    if (each.port != 0 && each.port != port) continue;
    const auto network = address_of(each.host);
    if (network) {
      const int all_bits = network->is_v4() ? 32 : 128;
      if (address && is_within(*address, *network, each.prefix_bits < 0 ? all_bits : each.prefix_bits)) return true;
      continue;
    }
    if (host == each.host) return true;
    const bool is_below =
        host.size() > each.host.size() && host.ends_with(each.host) && host[host.size() - each.host.size() - 1] == '.';
    if (is_below) return true;
  }
  return false;
}

const Proxy* ProxyRules::find(bool is_tls, std::string_view host, std::uint16_t port) const {
  const auto& proxy = is_tls ? https_ : http_;
  if (!proxy || is_direct(host, port)) return nullptr;
  return &*proxy;
}

}  // namespace millwright::io::http
