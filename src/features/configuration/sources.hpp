// The files of a configuration on disk: read as a set, replaced one by one without a torn state.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/config/node.hpp"
#include "base/error.hpp"

namespace millwright::configuration {

using Texts = std::map<std::string, std::string>;   // name relative to the main file's directory → text

/// The main file and conf.d/*.yaml beside it.
[[nodiscard]] std::expected<Texts, config::Faults> read_sources(const std::filesystem::path& file);

/// "millwright.yaml", "extra.yaml" or "conf.d/extra.yaml" → the key in Texts; InvalidInput for anything that could lead
/// elsewhere.
[[nodiscard]] Result<std::string> source_key(const std::filesystem::path& file, const std::string& name);

/// Replaces and removes files all together: when one step fails, those before it are undone.
class SourceChange {
 public:
  SourceChange(std::filesystem::path directory, Texts texts, std::vector<std::string> removed);
  [[nodiscard]] Result<void> write();
  /// Puts back what was there before write().
  void undo();

 private:
  struct Before {
    std::string name;
    std::optional<std::string> text;   // nothing: there was no such file
  };
  std::filesystem::path directory_;
  Texts texts_;
  std::vector<std::string> removed_;
  std::vector<Before> before_;
};

}  // namespace millwright::configuration
