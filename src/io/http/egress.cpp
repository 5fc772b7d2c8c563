#include "io/http/egress.hpp"

#include <atomic>

#include <boost/asio/ip/address.hpp>

#include "base/text.hpp"

namespace millwright::io::http {
namespace {

using boost::asio::ip::address;
using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;

struct Network {
  std::uint32_t prefix;
  unsigned bits;
};

// RFC 6890 and successors: what is not the public internet.
constexpr std::array private_v4{
    Network{0x00000000, 8},  Network{0x0a000000, 8},  Network{0x64400000, 10}, Network{0x7f000000, 8},
    Network{0xa9fe0000, 16}, Network{0xac100000, 12}, Network{0xc0000000, 24}, Network{0xc0000200, 24},
    Network{0xc0a80000, 16}, Network{0xc6120000, 15}, Network{0xc6336400, 24}, Network{0xcb007100, 24},
    Network{0xe0000000, 4},  Network{0xf0000000, 4}};

bool is_private(std::uint32_t v4) {
  for (const Network& network : private_v4) {
    if ((v4 ^ network.prefix) >> (32 - network.bits) == 0) return true;
  }
  return false;
}

std::uint32_t last_four(const address_v6::bytes_type& bytes, std::size_t from) {
  return static_cast<std::uint32_t>(bytes[from]) << 24 | static_cast<std::uint32_t>(bytes[from + 1]) << 16 |
         static_cast<std::uint32_t>(bytes[from + 2]) << 8 | bytes[from + 3];
}

/// The IPv4 address inside an IPv6 one: mapped, compatible, NAT64 or 6to4.
std::optional<std::uint32_t> embedded_v4(const address_v6::bytes_type& b) {
  const bool starts_with_zeros = std::all_of(b.begin(), b.begin() + 10, [](auto byte) { return byte == 0; });
  if (starts_with_zeros && ((b[10] == 0xff && b[11] == 0xff) || (b[10] == 0 && b[11] == 0))) return last_four(b, 12);
  const bool is_nat64 = b[0] == 0x00 && b[1] == 0x64 && b[2] == 0xff && b[3] == 0x9b;
  if (is_nat64) return last_four(b, 12);
  if (b[0] == 0x20 && b[1] == 0x02) return last_four(b, 2);
  return std::nullopt;
}

bool is_private(const address_v6& v6) {
  const auto bytes = v6.to_bytes();
  if (const auto v4 = embedded_v4(bytes)) return is_private(*v4);
  const bool is_unique_local = (bytes[0] & 0xfe) == 0xfc;
  const bool is_link_or_site_local = bytes[0] == 0xfe && (bytes[1] & 0x80) != 0;
  const bool is_documentation = bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0d && bytes[3] == 0xb8;
  return is_unique_local || is_link_or_site_local || is_documentation || v6.is_multicast();
}

bool is_private(const address& ip) { return ip.is_v4() ? is_private(ip.to_v4().to_uint()) : is_private(ip.to_v6()); }

/// Where clouds hand out credentials to whoever asks: never reached through a name.
bool is_metadata_service(const address& ip) {
  std::optional<std::uint32_t> v4;
  if (ip.is_v4()) {
    v4 = ip.to_v4().to_uint();
  } else {
    const auto bytes = ip.to_v6().to_bytes();
    v4 = embedded_v4(bytes);
    static constexpr address_v6::bytes_type aws{0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54};
    if (bytes == aws) return true;
  }
  constexpr std::uint32_t common = 0xa9fea9fe;    // 169.254.169.254
  constexpr std::uint32_t ecs = 0xa9feaa02;       // 169.254.170.2
  constexpr std::uint32_t alibaba = 0x646464c8;   // 100.100.100.200
  return v4 == common || v4 == ecs || v4 == alibaba;
}

bool is_loopback(const address& ip) {
  if (ip.is_v4()) return ip.to_v4().is_loopback();
  const auto v4 = embedded_v4(ip.to_v6().to_bytes());
  return ip.to_v6().is_loopback() || (v4 && *v4 >> 24 == 127);
}

std::unexpected<Error> refuse_address(std::string_view host, std::string_view why) {
  auto error = fail(ErrorCode::Forbidden, "the host {} resolves to {}", host, why);
  error.error().rule = "egress";
  error.error().fix = "Allow private addresses for this host in the configuration, if that is meant.";
  return error;
}

}  // namespace

struct EgressGuard::State {
  using Rules = std::vector<EgressRule>;
  std::atomic<std::shared_ptr<const Rules>> rules{std::make_shared<const Rules>()};
};

EgressGuard::EgressGuard() : state_(std::make_unique<State>()) {}
EgressGuard::~EgressGuard() = default;

void EgressGuard::replace_rules(std::vector<EgressRule> rules) {
  for (EgressRule& rule : rules) rule.host = to_lower_ascii(rule.host);
  state_->rules = std::make_shared<const State::Rules>(std::move(rules));
}

namespace {

const EgressRule* find_rule(const std::vector<EgressRule>& rules, std::string_view host, std::uint16_t port) {
  for (const EgressRule& rule : rules) {
    if (rule.port == port && equal_ignoring_case(rule.host, host)) return &rule;
  }
  return nullptr;
}

std::unexpected<Error> refuse_host(std::string_view host, std::uint16_t port) {
  auto error = fail(ErrorCode::Forbidden, "connections to {}:{} are not allowed", host, port);
  error.error().rule = "egress";
  error.error().fix = "Only hosts that the configuration names are reached; add it there, if that is meant.";
  return error;
}

}  // namespace

Result<void> EgressGuard::check_host(std::string_view host, std::uint16_t port) const {
  const auto rules = state_->rules.load();
  if (find_rule(*rules, host, port) == nullptr) return refuse_host(host, port);
  return {};
}

Result<void> EgressGuard::check_address(std::string_view host, std::uint16_t port, std::string_view text) const {
  const auto rules = state_->rules.load();
  const EgressRule* rule = find_rule(*rules, host, port);
  if (rule == nullptr) return refuse_host(host, port);
  boost::system::error_code error;
  const address ip = boost::asio::ip::make_address(text, error);
  if (error) return refuse_address(host, "something that is no address");
  const address literal = boost::asio::ip::make_address(rule->host, error);
  const bool is_literal = !error && literal == ip;
  // A literal in the configuration says what is meant; a name may be pointed elsewhere by whoever runs its zone.
  if (is_metadata_service(ip)) {
    if (is_literal && rule->allow_private) return {};
    return refuse_address(host, "a metadata service of a cloud");
  }
  if (is_literal || rule->allow_private || !is_private(ip)) return {};
  if (rule->host == "localhost" && is_loopback(ip)) return {};
  return refuse_address(host, "a private address");
}

}  // namespace millwright::io::http
