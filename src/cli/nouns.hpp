// The nouns of the command line, one file each in cli/commands; the full table is commands.cpp.
#pragma once

#include "cli/command.hpp"

namespace millwright::cli {

[[nodiscard]] Commands serve_commands();
[[nodiscard]] Commands config_commands();
[[nodiscard]] Commands config_file_commands();
[[nodiscard]] Commands config_import_commands();
[[nodiscard]] Commands use_case_commands();
[[nodiscard]] Commands key_commands();
[[nodiscard]] Commands source_commands();
[[nodiscard]] Commands document_commands();
[[nodiscard]] Commands dataset_commands();
[[nodiscard]] Commands index_commands();
[[nodiscard]] Commands ask_commands();
[[nodiscard]] Commands policy_commands();
[[nodiscard]] Commands release_commands();
[[nodiscard]] Commands route_commands();
[[nodiscard]] Commands evaluation_commands();
[[nodiscard]] Commands cost_commands();
[[nodiscard]] Commands economy_commands();
[[nodiscard]] Commands price_commands();
[[nodiscard]] Commands trace_commands();
[[nodiscard]] Commands audit_commands();
[[nodiscard]] Commands approval_commands();
[[nodiscard]] Commands system_commands();
[[nodiscard]] Commands doctor_commands();
[[nodiscard]] Commands batch_commands();
[[nodiscard]] Commands tune_commands();
[[nodiscard]] Commands tune_train_commands();
[[nodiscard]] Commands advise_commands();
[[nodiscard]] Commands shell_commands();

/// All of them, in the order of the help.
[[nodiscard]] Commands all_commands();

}  // namespace millwright::cli
