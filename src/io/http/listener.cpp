#include "io/http/listener.hpp"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace millwright::io::http {
namespace {

constexpr int backlog = 4096;

/// Closes on every way out but success.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

enum class Sharing : bool { Alone, Shared };

Result<Descriptor> listen_at(const sockaddr* address, socklen_t size, Sharing sharing, const std::string& name) {
  Descriptor socket(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  if (address->sa_family != AF_UNIX) {
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (sharing == Sharing::Shared) ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  } else {
    // The mode a socket has before bind is the mode its file gets: no moment in which others could connect.
    ::fchmod(socket.get(), 0600);
  }
  if (::bind(socket.get(), address, size) != 0 || ::listen(socket.get(), backlog) != 0) {
    const int reason = errno;
    return fail(ErrorCode::Unavailable, "cannot listen on {}: {}", name, std::strerror(reason));
  }
  return socket;
}

std::uint16_t port_of(const sockaddr* address) {
  std::uint16_t port = 0;   // the port has the same place in sockaddr_in and sockaddr_in6
  std::memcpy(&port, reinterpret_cast<const char*>(address) + 2, sizeof port);
  return ntohs(port);
}

void set_port(sockaddr* address, std::uint16_t port) {
  const std::uint16_t network = htons(port);
  std::memcpy(reinterpret_cast<char*>(address) + 2, &network, sizeof network);
}

bool has_live_server(const sockaddr_un& address) {
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

Result<TcpListeners> listen_on_tcp(const std::string& host, std::uint16_t port, unsigned count) {
  const std::string name = fmt::format("{}:{}", host, port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  const std::unique_ptr<addrinfo, FreeAddresses> addresses(found);
  if (failure != 0) {
    return fail(ErrorCode::InvalidConfig, "cannot listen on {}: {}", name, ::gai_strerror(failure));
  }
  sockaddr_storage address{};
  std::memcpy(&address, addresses->ai_addr, addresses->ai_addrlen);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const socklen_t size = addresses->ai_addrlen;
  if (port != 0) {
    // Sharing a port is for our own loops. A probe without it finds any other server that listens there.
    const auto probe = listen_at(generic, size, Sharing::Alone, name);
    if (!probe) return std::unexpected(probe.error());
  }
  TcpListeners listeners;
  std::vector<Descriptor> opened;
  for (unsigned i = 0; i < count; ++i) {
    auto socket = listen_at(generic, size, Sharing::Shared, name);
    if (!socket) return pass(socket);
    sockaddr_storage bound{};
    socklen_t bound_size = sizeof bound;
    ::getsockname(socket->get(), reinterpret_cast<sockaddr*>(&bound), &bound_size);
    listeners.port = port_of(reinterpret_cast<sockaddr*>(&bound));
    set_port(generic, listeners.port);
    opened.push_back(std::move(*socket));
  }
  for (Descriptor& socket : opened) listeners.descriptors.push_back(socket.release());
  return listeners;
}

Result<int> listen_on_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail(ErrorCode::InvalidConfig, "the path of the control socket is longer than {} bytes: {}",
                sizeof address.sun_path - 1, path);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  if (has_live_server(address)) {
    return fail(ErrorCode::Conflict, "another server already answers on {}", path);
  }
  struct stat left{};
  if (::lstat(path.c_str(), &left) == 0 && S_ISSOCK(left.st_mode)) ::unlink(path.c_str());
  auto socket = listen_at(reinterpret_cast<const sockaddr*>(&address), sizeof address, Sharing::Alone, path);
  if (!socket) return pass(socket);
  return socket->release();
}

}  // namespace millwright::io::http
