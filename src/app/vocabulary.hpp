// What may stand in a configuration: the sections of all features, the names that must exist, the further checks.
#pragma once

#include <filesystem>

#include "features/configuration/configuration.hpp"
#include "features/evaluation/evaluation.hpp"

namespace millwright::app {

/// `directory` is that of the configuration file: prompts and suites are read relative to it. `graders` outlives it.
[[nodiscard]] configuration::Vocabulary make_vocabulary(const std::filesystem::path& directory,
                                                        const evaluation::Graders& graders);

/// The suites that the configuration names, read from their files.
[[nodiscard]] std::expected<std::vector<evaluation::Suite>, config::Faults> load_suites(
    const config::Node& tree, const std::filesystem::path& directory, const evaluation::Graders& graders);

}  // namespace millwright::app
