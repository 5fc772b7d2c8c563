// The configuration while it is being made from the source. One file a part of the source fills it in.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cli/litellm/import.hpp"

namespace millwright::cli::litellm {

/// One entry of model_list that became a model here.
struct Deployment {
  std::string model;       // its name here
  std::int64_t order = 0;  // lower ones are tried first
  std::int64_t weight = 1;
};

/// All entries of model_list with one model_name: a route and a use case of that name.
struct Group {
  std::string source_name;  // as clients call it
  std::string name;         // of use case and route
  std::vector<Deployment> deployments;
  std::vector<std::string> aliases;
  std::vector<std::string> fallback_groups;  // source names, in order
  std::optional<double> timeout;             // seconds; the largest of its deployments
  std::optional<double> first_token_timeout;       // the same of streams
  std::optional<std::int64_t> retries;
  std::optional<std::int64_t> output_tokens_max;
};

struct Draft {
  const Vocabulary& vocabulary;
  const ImportOptions& options;
  const config::Node& source;
  Account account;
  std::vector<Assumption> assumptions;
  std::vector<NeededVariable> variables;
  std::vector<PlannedKey> keys;

  json::array teams, providers, models, limits;
  std::vector<Group> groups;
  json::object server_limits, breaker, cache;
  std::string strategy;
  std::int64_t fallbacks_max = 5;  // groups that a route falls back to; LiteLLM's default
  std::optional<double> timeout, first_token_timeout;
  std::optional<std::int64_t> retries;
  std::string team_budget_limit, team_budget_per;
  std::map<std::string, std::string> secret_names;  // literal secret → its variable
  std::set<std::string> names;                      // of models, providers, groups: "models/gpt-4o"

  /// A name that no object of the section has yet, made from `wanted`.
  [[nodiscard]] std::string unique_name(std::string_view section, std::string_view wanted);
  [[nodiscard]] Group* find_group(std::string_view source_name);
  /// Reference to a secret: {"env": NAME}, or {"file": PATH} where `may_be_file`. Accounts for the node.
  [[nodiscard]] json::object secret(const config::Node& node, std::string_view target, std::string_view suggested_name,
                                    bool may_be_file = false);
  /// What an address or name says, also when the source takes it from the environment; empty when that is not known.
  [[nodiscard]] std::string plain_text(const config::Node& node, std::string_view target);
  void assume(std::string target, std::string why) { assumptions.push_back({std::move(target), std::move(why)}); }
  /// Accounts for all members of `map` of which nothing was said, by what is known of LiteLLM's settings.
  void leave_rest(const config::Node& map, std::string_view scope);
  /// A limit, where this program has limits by that scope; empty rates are left out. False: it has none.
  [[nodiscard]] bool add_limit(std::string_view scope, const std::string& match, std::string_view option,
                               const std::string& value);
};

/// A whole number, also when written as 60.0; nothing otherwise.
[[nodiscard]] std::optional<std::int64_t> whole_number(const config::Node& node);
/// "day", "week", "month" or "total" for a budget_duration, and by what its amount is to be multiplied.
struct BudgetPeriod {
  std::string_view per;
  double factor = 1;
};
[[nodiscard]] std::optional<BudgetPeriod> budget_period(const config::Node& duration);
/// An amount of money in the period, as in "12.5 USD".
[[nodiscard]] std::optional<std::string> scaled_money(std::string_view usd, double factor);

// The parts of the source. Each accounts for what it reads.
void read_models(Draft& draft);    // model_list
void read_router(Draft& draft);    // router_settings, and the same settings in litellm_settings
void read_settings(Draft& draft);  // the rest
void read_exports(Draft& draft, const std::vector<config::Node>& exports);  // keys, teams, users, budgets

/// The sections of the configuration, in their order.
[[nodiscard]] json::object render_sections(Draft& draft);

}  // namespace millwright::cli::litellm
