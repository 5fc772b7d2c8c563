// The doctor: foresees what usually goes wrong, each with the evidence, what it leads to, and the command
// that mends it.
#include <sys/resource.h>

#include <filesystem>
#include <iterator>

#include "api/answer.hpp"
#include "api/ops/check.hpp"
#include "api/ops/data_directory.hpp"
#include "api/ops/groups.hpp"
#include "features/configuration/configuration.hpp"
#include "features/delivery/delivery.hpp"
#include "features/gateway/gateway.hpp"
#include "features/identity/identity.hpp"
#include "features/retrieval/retrieval.hpp"
#include "store/writer.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

void check_system(const OpsParts& parts, Checks& checks) {
  std::error_code error;
  const auto space = std::filesystem::space(parts.process.data_directory, error);
  if (error) {
    checks.push_back({"system", "disk space", "failure", error.message(), "check the data directory",
                      "nothing can be stored there"});
  } else {
    const auto free_percent = space.capacity == 0 ? 0 : 100 * space.available / space.capacity;
    const bool is_low = free_percent < 10 || space.available < (1ull << 30);
    checks.push_back({"system", "disk space", is_low ? "warning" : "ok",
                      fmt::format("{} free of {} ({} %)", render_size(space.available >> 20 << 20),
                                  render_size(space.capacity >> 20 << 20), free_percent),
                      is_low ? "free space, or move the data directory" : "",
                      is_low ? "a full disk stops every call: none is answered that cannot be recorded" : ""});
  }
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  const bool is_few = files.rlim_cur < 4096;
  checks.push_back({"system", "open files", is_few ? "warning" : "ok", fmt::format("limit {}", files.rlim_cur),
                    is_few ? "ulimit -n 65536, or LimitNOFILE= in the unit" : "",
                    is_few ? "connections are refused when the limit is reached" : ""});
}

void check_security(const OpsParts& parts, Checks& checks) {
  const auto has_admin = parts.users->has_admin();
  const bool is_set_up = has_admin && *has_admin;
  checks.push_back({"security", "administrator", is_set_up ? "ok" : "warning",
                    is_set_up ? "there is one" : "nobody can sign in yet", is_set_up ? "" : "millwright setup-link",
                    is_set_up ? "" : "approvals and the console need somebody who may sign in"});
  const auto& host = parts.process.host;
  const bool is_loopback = host == "127.0.0.1" || host == "::1" || host == "localhost";
  const bool is_bare = !is_loopback && !parts.process.is_tls;
  checks.push_back({"network", "encryption", is_bare ? "failure" : "ok",
                    is_bare ? "listens on " + host + " without TLS" : is_loopback ? "loopback only" : "TLS",
                    is_bare ? "set server.tls, or listen on 127.0.0.1 behind a proxy that ends TLS" : "",
                    is_bare ? "keys, questions and answers cross the network in the clear" : ""});
}

void check_storage(const OpsParts& parts, Checks& checks) {
  const auto faults = readiness_faults(parts);
  checks.push_back({"storage", "database", faults.empty() ? "ok" : "failure",
                    faults.empty() ? "answers and commits" : faults.front(),
                    faults.empty() ? "" : "look at the log and at disk space",
                    faults.empty() ? "" : "no call is answered until it can be recorded"});
}

void check_config(const OpsParts& parts, Checks& checks) {
  const auto pending = parts.configuration->pending_restart();
  checks.push_back({"config", "in force", pending.empty() ? "ok" : "warning",
                    pending.empty() ? fmt::format("revision {}", parts.configuration->current()->revision)
                                    : fmt::format("{} settings wait for a restart", pending.size()),
                    pending.empty() ? "" : "restart the server",
                    pending.empty() ? "" : "they are recorded and take effect at the next start only"});
  const auto plan = parts.configuration->plan_files();
  if (!plan) {
    checks.push_back({"config", "files", "failure", plan.error().message, "mend the file: millwright config validate",
                      "a reload is refused, and so would be the next start"});
  } else {
    checks.push_back({"config", "files", plan->is_empty() ? "ok" : "warning",
                      plan->is_empty() ? "as in force" : fmt::format("{} changes not applied", plan->changes.size()),
                      plan->is_empty() ? "" : "millwright config apply, or send SIGHUP",
                      plan->is_empty() ? "" : "what the files say is not what is in force"});
  }
}

void check_providers(const OpsParts& parts, Checks& checks) {
  const auto state = parts.gateway->state();
  const auto now = parts.clock->now();
  for (const auto& provider : state->config.providers) {
    const auto& commitments = provider.facts.commitments;
    const bool is_expired = commitments.expires && *commitments.expires <= now;
    const bool is_unknown = commitments.training_use.empty() && provider.facts.location.empty();
    checks.push_back({"providers", provider.name, is_expired || is_unknown ? "warning" : "ok",
                      is_expired   ? "its recorded commitments have expired"
                      : is_unknown ? "no commitments are recorded: confidential data may not go there"
                                   : "commitments recorded",
                      is_expired || is_unknown ? "update `commitments:` with the evidence" : "",
                      is_expired || is_unknown ? "calls with confidential data are refused there" : ""});
  }
}

/// A configured price far from the vendor's list is more often a wrong unit than a good contract.
std::string find_far_from_list(const std::vector<finops::PriceVersion>& versions, Timestamp now) {
  const finops::PriceVersion* used = nullptr;
  for (const auto& version : versions) {
    if (now < version.from || now >= version.until) continue;
    if (used == nullptr) used = &version;
    if (version.layer == used->layer) continue;
    const auto factor = finops::change_factor(version.price, used->price);
    if (factor <= finops::change_factor_max) return {};
    return fmt::format("{} in the configuration, {} in the price list ({})", render_unit_price(used->price.input),
                       render_unit_price(version.price.input), version.layer);
  }
  return {};
}

void check_prices(const OpsParts& parts, Checks& checks) {
  const auto state = parts.gateway->state();
  const auto now = parts.clock->now();
  for (const auto& model : state->config.models) {
    if (model.provider == "builtin") continue;
    if (state->prices->find(model.name, now).is_unpriced) {
      checks.push_back({"providers", "price of " + model.name, "warning", "unpriced: billed at the ceiling",
                        "give the model `price:`, or import a price list: millwright price import FILE",
                        "its costs are shown as unpriced and budgets are used up early"});
    } else if (auto far = find_far_from_list(state->prices->versions(model.name), now); !far.empty()) {
      checks.push_back({"providers", "price of " + model.name, "warning", "more than tenfold apart: " + far,
                        "check the unit of `price:`", "costs and budgets are off by that much"});
    }
  }
  const auto [oldest, newest] = parts.prices->seed_span();
  const auto days = std::chrono::floor<std::chrono::days>(now - oldest).count();
  const bool is_old = days > 180;
  checks.push_back({"providers", "seed price list", is_old ? "warning" : "ok",
                    fmt::format("its rows were read up to {} days ago, between {} and {}", days,
                                render_time(oldest).substr(0, 10), render_time(newest).substr(0, 10)),
                    is_old ? "import a newer list: millwright price import FILE" : "",
                    is_old ? "models without a price of their own may be billed at old prices" : ""});
}

void check_retrieval(const OpsParts& parts, Checks& checks) {
  for (const auto& index : parts.retrieval->indexes()) {
    const bool is_missing = parts.retrieval->live(index.name).is_none();
    checks.push_back({"retrieval", "index " + index.name, is_missing ? "warning" : "ok",
                      is_missing ? "not built yet" : "live " + parts.retrieval->live(index.name).short_text(),
                      is_missing ? "millwright index build " + index.name : "",
                      is_missing ? "use cases on it find no documents" : ""});
  }
}

Response examine(const OpsParts& parts, Repair repair) {
  Checks checks;
  check_system(parts, checks);
  check_config(parts, checks);
  check_storage(parts, checks);
  std::ranges::move(check_data_directory(parts.process.data_directory, parts.process.config_file, repair),
                    std::back_inserter(checks));
  check_security(parts, checks);
  check_providers(parts, checks);
  check_prices(parts, checks);
  check_retrieval(parts, checks);
  return json_answer(json::value(to_json(checks)));
}

Result<Response> run_doctor(const OpsParts& parts, const Call&) { return examine(parts, Repair::Report); }
Result<Response> mend(const OpsParts& parts, const Call&) { return examine(parts, Repair::Mend); }

}  // namespace

Routes doctor_routes(const OpsParts& parts) {
  using enum io::http::Method;
  return {row(Get, "/api/v1/doctor", Access::Admin, run_doctor, parts),
          row(Post, "/api/v1/doctor/fix", Access::Admin, mend, parts)};
}

}  // namespace millwright::api
