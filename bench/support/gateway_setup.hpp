// A factory with every policy on in front of the scripted provider, for the benchmarks of the gateway.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "bench/support/process.hpp"

namespace millwright::bench {

/// What stands between a request and its model; all on unless a benchmark takes one away to see what it costs.
struct Policies {
  bool has_guards = true;    // detectors of personal data and secrets, in and out
  bool has_budgets = true;   // of the use case and of the key
  bool has_rates = true;     // requests and tokens a minute
  bool has_cache = false;    // the exact cache: every equal request after the first is a hit
};

class GatewaySetup {
 public:
  /// `provider_arguments` go to fake_provider.
  explicit GatewaySetup(std::vector<std::string> provider_arguments, Policies policies = {});
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
