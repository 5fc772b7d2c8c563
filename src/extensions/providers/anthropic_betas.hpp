// Which of Anthropic's betas a request asks for: those of the configuration, and those a caller of the same dialect names
// as far as the configuration lets them through.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millwright::extensions {

class AnthropicBetas {
 public:
  /// `configured`: always sent, comma-separated. `allowed`: what callers may add, comma-separated, or "*" for all.
  AnthropicBetas(std::string_view configured, std::string_view allowed);

  /// The value of anthropic-beta; empty: the header is not sent. Each name once, the configuration's first.
  [[nodiscard]] std::string header(const std::vector<std::pair<std::string, std::string>>* callers_headers) const;

 private:
  std::vector<std::string> configured_, allowed_;
  bool is_all_allowed_ = false;
};

}  // namespace millwright::extensions
