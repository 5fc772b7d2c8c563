// The batches of OpenAI and of servers that have them as OpenAI does: a file of lines up, a batch, a file of lines down.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "extensions/providers/openai_wire.hpp"
#include "features/gateway/provider.hpp"

namespace millwright::extensions {

class OpenAiBatches final : public gateway::BatchEndpoint {
 public:
  /// `endpoint` without a path.
  explicit OpenAiBatches(OpenAiEndpoint endpoint) : endpoint_(std::move(endpoint)) {}

  [[nodiscard]] Limits limits() const override;
  [[nodiscard]] io::Task<Result<std::string>> submit(gateway::Operation operation,
                                                     const std::vector<gateway::BatchItem>& items,
                                                     std::string tag) override;
  [[nodiscard]] io::Task<Result<std::optional<std::string>>> find(std::string tag) override;
  [[nodiscard]] io::Task<Result<gateway::BatchProgress>> poll(std::string name) override;
  [[nodiscard]] io::Task<Result<void>> cancel(std::string name) override;
  [[nodiscard]] io::Task<Result<std::vector<gateway::BatchItemResult>>> results(gateway::BatchProgress progress) override;
  [[nodiscard]] io::Task<void> forget(gateway::BatchProgress progress) override;

 private:
  struct Answer {
    std::uint16_t status = 0;
    std::string body;
  };
  [[nodiscard]] io::Task<Result<Answer>> ask(io::http::Method method, std::string path, std::string body = {},
                                             std::string content_type = {});
  [[nodiscard]] io::Task<Result<json::object>> ask_json(io::http::Method method, std::string path, std::string body = {},
                                                        std::string content_type = {});

  OpenAiEndpoint endpoint_;
};

/// The lines of one output or error file. A line that cannot be read is left out: its call counts as not answered.
void read_openai_batch_lines(std::string_view text, std::string_view provider,
                             std::vector<gateway::BatchItemResult>& results);
/// What a batch object says of its progress.
[[nodiscard]] gateway::BatchProgress read_openai_batch(const json::object& batch);

}  // namespace millwright::extensions
