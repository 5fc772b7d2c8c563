#include "bench/support/gateway_setup.hpp"

#include <cstdlib>
#include <fstream>

#include <fmt/format.h>

#include "base/json.hpp"

namespace millwright::bench {
namespace {

constexpr std::string_view config = R"(
server: {{listen: "127.0.0.1:0"}}
teams: [{{name: it}}]
providers:
  - {{name: acme, kind: openai, base_url: "http://127.0.0.1:{}/v1", region: eu, breaker: {{failures: 0}},
     commitments: {{training_use: never, retention_days: 0, evidence: DPA-1, expires: 2099-01-01}}}}
models:
  - {{name: small, provider: acme, id: gpt-4o-mini, price: {{input: 0.15 USD/Mtok, output: 0.60 USD/Mtok}}}}
routes:
  - {{name: default, targets: [{{model: small}}], timeout: 60s}}
use_cases:
  - {{name: desk, owner: it, risk_tier: T1, data_class: internal, route: default, max_output_tokens: 512,
     cache: {{enabled: {}}}{}}}
{})";

}  // namespace

std::uint16_t port_of(const std::string& url) {
  return static_cast<std::uint16_t>(std::atoi(url.c_str() + url.rfind(':') + 1));
}

GatewaySetup::GatewaySetup(std::vector<std::string> provider_arguments, Policies policies) {
  std::string name = (std::filesystem::temp_directory_path() / "millwright-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  directory_ = name;
  const auto build = build_directory();
  std::vector<std::string> provider{build + "/fake_provider"};
  provider.insert(provider.end(), provider_arguments.begin(), provider_arguments.end());
  provider_ = std::make_unique<Process>(provider, "ready ");
  provider_port_ = port_of(provider_->ready());
  const auto file = (directory_ / "millwright.yaml").string();
  std::ofstream(file) << fmt::format(
      config, provider_port_, policies.has_cache, policies.has_budgets ? ", budget: {limit: 1000000 USD, per: month}" : "",
      policies.has_guards ? "" : "guard: {rules: [{types: [\"*\"], input: allow, output: allow}]}\n");
  const auto data = (directory_ / "data").string();
  server_ = std::make_unique<Process>(
      std::vector<std::string>{build + "/millwright", "serve", "--config", file, "--data", data}, "ready ");
  port_ = port_of(server_->ready());
  std::vector<std::string> command{build + "/millwright", "key", "create", "--use-case", "desk", "--data", data,
                                   "--config", file, "--json"};
  const auto add = [&command](std::initializer_list<std::string> more) { command.insert(command.end(), more); };
  if (policies.has_rates) add({"--rpm", "1000000000", "--tpm", "1000000000000"});
  if (policies.has_budgets) add({"--budget", "1000000 USD"});
  const auto made = run(command);
  auto parsed = parse_json_object(made);
  if (!parsed) throw std::runtime_error("no key was made: " + made);
  key_ = string_member(*parsed, "key");
}

GatewaySetup::~GatewaySetup() {
  server_.reset();
  provider_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

}  // namespace millwright::bench
