#include "features/gateway/task_classifiers.hpp"

#include <fstream>
#include <sstream>

namespace millwright::gateway {

namespace {

Result<std::string> read_file(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (error) return fail(ErrorCode::NotFound, "{}: {}", file.string(), error.message());
  if (size > TaskClassifier::bytes_max) return fail(ErrorCode::TooLarge, "{} is too large", file.string());
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  if (!stream) return fail(ErrorCode::NotFound, "{} cannot be read", file.string());
  return std::move(bytes).str();
}

}  // namespace

Result<TaskClassifiers> load_task_classifiers(const std::vector<TaskClassifierConfig>& configs,
                                              const std::filesystem::path& directory) {
  TaskClassifiers loaded;
  for (const auto& config : configs) {
    const auto bytes = read_file(directory / config.file);
    auto model = bytes ? TaskClassifier::parse(*bytes) : std::unexpected(bytes.error());
    if (!model) {
      auto error = fail(ErrorCode::InvalidConfig, "task_classifiers/{}: {}", config.name, model.error().message);
      error.error().fix = "Train it with `millwright tune train` and name the file that it wrote.";
      return error;
    }
    loaded[config.name] = std::move(*model);
  }
  return loaded;
}

}  // namespace millwright::gateway
