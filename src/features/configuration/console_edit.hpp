// Edits: what the console or an older revision wants, checked for who owns what.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "features/configuration/configuration.hpp"
#include "features/configuration/revision_store.hpp"

namespace millwright::configuration {

/// Whether objects of the section can belong to the console: a list of things with names.
[[nodiscard]] bool is_list_of_objects(const std::vector<config::Section>& sections, std::string_view kind);
/// Objects in the shape of a configuration file, to be owned by the console. Settings sections and objects of files are
/// refused, naming the file.
[[nodiscard]] Result<Edit> make_console_edit(std::string_view yaml, std::vector<std::string> removed,
                                             const Loaded& current, const std::vector<config::Section>& sections);
/// What turns `now` into `wanted`.
[[nodiscard]] Edit edit_between(const Parts& now, const Parts& wanted);
/// An edit may come from a plan file that somebody wrote: its names must stay inside the configuration directory.
[[nodiscard]] Result<void> check_edit(const Edit& edit, const std::filesystem::path& file);

}  // namespace millwright::configuration
