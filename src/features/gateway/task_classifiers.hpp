// The task classifiers of a configuration, loaded.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "base/task_classifier.hpp"
#include "features/gateway/config.hpp"

namespace millwright::gateway {

using TaskClassifiers = std::map<std::string, std::shared_ptr<const TaskClassifier>, std::less<>>;

/// InvalidConfig names the classifier whose file cannot be read or is none. Blocks: not on a loop.
[[nodiscard]] Result<TaskClassifiers> load_task_classifiers(const std::vector<TaskClassifierConfig>& configs,
                                                            const std::filesystem::path& directory);

}  // namespace millwright::gateway
