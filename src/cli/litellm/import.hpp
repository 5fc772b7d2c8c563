// Turns the configuration of a LiteLLM proxy, and what its database says of keys and teams, into a configuration of
// this program, with a report that accounts for every value of the source.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "cli/litellm/account.hpp"
#include "cli/litellm/vocabulary.hpp"

namespace millwright::cli::litellm {

struct ImportOptions {
  std::string owner = "it";  // the team that owns the use cases
  std::string data_class = "internal";
  std::string risk_tier = "T1";
  std::vector<std::string> models;                              // names that clients ask for below a wildcard
  std::map<std::string, std::string, std::less<>> environment;  // addresses that the source takes from there
};

/// A setting of the result that no value of the source asked for.
struct Assumption {
  std::string target, why;
};
/// A variable that must be set before the configuration works.
struct NeededVariable {
  std::string name;
  Where where;               // in the source
  bool was_literal = false;  // the source held the secret itself
};
/// A key that must be made anew, because LiteLLM keeps only digests.
struct PlannedKey {
  std::string name, old_name;  // old_name: as LiteLLM shows the old one
  std::string use_case, team, user, budget, expires;
  std::string rpm, tpm;
  std::vector<std::string> notes;
};

struct Imported {
  std::string configuration;  // YAML; valid by the vocabulary
  std::vector<Entry> entries;
  std::vector<Assumption> assumptions;
  std::vector<NeededVariable> variables;
  std::vector<PlannedKey> keys;
};

/// `source` is the proxy's configuration; `exports` are answers of /key/list, /team/list, /user/list or rows of the
/// tables, as JSON. Faults only when a tree has no shape that could be read at all.
[[nodiscard]] std::expected<Imported, config::Faults> import_litellm(const config::Node& source,
                                                                     const std::vector<config::Node>& exports,
                                                                     const Vocabulary& vocabulary,
                                                                     const ImportOptions& options);

}  // namespace millwright::cli::litellm
