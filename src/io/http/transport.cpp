#include "io/http/transport.hpp"

#include <atomic>

namespace millwright::io::http {

Result<std::shared_ptr<const Transport>> Transport::make(TransportOptions options) {
  static std::atomic<std::uint64_t> last_id{0};
  auto made = std::shared_ptr<Transport>(new Transport());
  made->id_ = ++last_id;
  if (!options.ca_pem.empty() || !options.certificate_pem.empty() || !options.key_pem.empty()) {
    auto context = make_client_tls(TlsMaterial{options.ca_pem, options.certificate_pem, options.key_pem});
    if (!context) return pass(context);
    made->tls_ = std::move(*context);
  }
  options.key_pem.clear();  // OpenSSL has its own copy
  made->options_ = std::move(options);
  return std::shared_ptr<const Transport>(std::move(made));
}

}  // namespace millwright::io::http
