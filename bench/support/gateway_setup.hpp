// A factory with every policy on in front of the scripted provider, for the benchmarks of the gateway.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "bench/support/process.hpp"

namespace millwright::bench {

class GatewaySetup {
 public:
  /// `provider_arguments` go to fake_provider, `loops` says how many threads the factory's server gets (0: its default).
  explicit GatewaySetup(std::vector<std::string> provider_arguments);
  ~GatewaySetup();
  [[nodiscard]] std::uint16_t provider_port() const { return provider_port_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const std::string& key() const { return key_; }
  [[nodiscard]] const Process& server() const { return *server_; }
  [[nodiscard]] const Process& provider() const { return *provider_; }
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

 private:
  std::filesystem::path directory_;
  std::unique_ptr<Process> provider_, server_;
  std::uint16_t provider_port_ = 0, port_ = 0;
  std::string key_;
};

/// "http://127.0.0.1:8080" → 8080
[[nodiscard]] std::uint16_t port_of(const std::string& url);

}  // namespace millwright::bench
