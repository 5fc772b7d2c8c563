#include <iterator>

#include "cli/nouns.hpp"

namespace millwright::cli {

Commands all_commands() {
  std::vector<Commands> nouns;
  nouns.push_back(serve_commands());
  nouns.push_back(ask_commands());
  nouns.push_back(use_case_commands());
  nouns.push_back(source_commands());
  nouns.push_back(document_commands());
  nouns.push_back(dataset_commands());
  nouns.push_back(index_commands());
  nouns.push_back(evaluation_commands());
  nouns.push_back(release_commands());
  nouns.push_back(trace_commands());
  nouns.push_back(cost_commands());
  nouns.push_back(economy_commands());
  nouns.push_back(price_commands());
  nouns.push_back(batch_commands());
  nouns.push_back(policy_commands());
  nouns.push_back(route_commands());
  nouns.push_back(key_commands());
  nouns.push_back(approval_commands());
  nouns.push_back(audit_commands());
  nouns.push_back(config_commands());
  nouns.push_back(config_file_commands());
  nouns.push_back(config_import_commands());
  nouns.push_back(system_commands());
  nouns.push_back(doctor_commands());
  nouns.push_back(tune_commands());
  nouns.push_back(tune_train_commands());
  nouns.push_back(advise_commands());
  nouns.push_back(shell_commands());
  Commands all;
  for (auto& noun : nouns) std::ranges::move(noun, std::back_inserter(all));
  return all;
}

}  // namespace millwright::cli
