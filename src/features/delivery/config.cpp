// The `prompts` section: names of prompt texts that live in files beside the configuration.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/text.hpp"
#include "features/delivery/delivery.hpp"

namespace millwright::delivery {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t prompt_bytes_max = 256u << 10;

Result<std::string> read_prompt(const config::Node& node, const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {
    return std::unexpected(node.error(fmt::format("there is no file \"{}\"", path.string()),
                                      "the path is relative to the configuration file"));
  }
  if (fs::file_size(path, error) > prompt_bytes_max) {
    return std::unexpected(node.error(fmt::format("the prompt is larger than {}", render_size(prompt_bytes_max))));
  }
  std::ifstream in(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (in.bad()) return std::unexpected(node.error(fmt::format("\"{}\" cannot be read", path.string())));
  if (const auto at = first_invalid_utf8(text)) {
    return std::unexpected(node.error(fmt::format("the prompt is not UTF-8 at byte {}", *at)));
  }
  if (trimmed(text).empty()) return std::unexpected(node.error("the prompt is empty"));
  return text;
}

}  // namespace

config::Section prompts_section() {
  using config::Kind, config::option;
  config::Spec prompt = config::object(
      "A prompt: the text put before a conversation.",
      {{"name", option(Kind::Name, "Name of the prompt.").required()},
       {"version_of", option(Kind::Text, "File of the text, relative to the configuration.").required()}});
  return {"prompts", config::list_of("Prompts that use cases refer to.", std::move(prompt))};
}

Result<std::vector<PromptConfig>> parse_prompts(const config::Node& prompts, const std::string& directory) {
  std::vector<PromptConfig> parsed;
  for (const config::Node& node : prompts.items()) {
    const config::Node& file = node["version_of"];
    auto text = read_prompt(file, fs::path(directory) / file.text());
    if (!text) return pass(text);
    parsed.push_back({.name = node["name"].text(), .file = file.text(), .text = std::move(*text)});
  }
  return parsed;
}

}  // namespace millwright::delivery
