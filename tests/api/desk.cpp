#include "tests/api/desk.hpp"

#include <stdexcept>

namespace millwright::test {
namespace {

std::string config_for(std::string_view url, std::string_view members) {
  return fmt::format(R"(server: {{listen: "127.0.0.1:0"}}
teams: [{{name: it}}]
providers:
  - {{name: acme, kind: openai, base_url: "{}", breaker: {{failures: 0}}, {}}}
models: [{{name: small, provider: acme, price: {{input: 1 USD/Mtok, output: 2 USD/Mtok}}}}]
routes: [{{name: default, targets: [{{model: small}}], timeout: 500ms, idle_timeout: 300ms, retries: 0}}]
use_cases:
  - {{name: desk, owner: it, risk_tier: T1, data_class: public, route: default, max_output_tokens: 64, cache: {{enabled: false}}}}
)",
                     url, members);
}

}  // namespace

Desk::Desk(std::string_view url, std::string_view members) : running_(config_for(url, members)) {
  const auto key = running_.factory().keys->create({.use_case = "desk", .team = "it", .name = "app"}, "test");
  if (!key) throw std::runtime_error(describe(key.error()));
  key_ = key->secret;
}

io::http::Response Desk::ask(const char* body) {
  return running_.ask_as(key_, io::http::Method::Post, "/v1/chat/completions", body);
}

Desk::Booked Desk::booked() {
  const auto page = running_.factory().accounts->list({.limit = 1000});
  if (!page) throw std::runtime_error(describe(page.error()));
  Booked sum;
  sum.rows = page->rows.size() - seen_;
  for (std::size_t i = 0; i < sum.rows; ++i) {  // the newest come first
    const auto& row = page->rows[i];
    sum.failed += row.status == telemetry::TraceStatus::Failed ? 1 : 0;
    sum.estimated += row.is_estimated ? 1 : 0;
    sum.output += row.tokens.output;
    sum.cost += row.cost;
  }
  seen_ = page->rows.size();
  return sum;
}

}  // namespace millwright::test
