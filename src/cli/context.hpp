// What a running command has at hand: where it prints, who answers it, where its files are.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/host.hpp"
#include "cli/output.hpp"

namespace millwright::cli {

class Context {
 public:
  Context(const Host& host, Target target, Output output, const Commands& commands)
      : host_(host), target_(std::move(target)), output_(output), commands_(commands) {}

  [[nodiscard]] const Host& host() const { return host_; }
  [[nodiscard]] const Target& target() const { return target_; }
  [[nodiscard]] const Output& out() const { return output_; }
  [[nodiscard]] const Commands& commands() const { return commands_; }

  // Requests; the first one finds the server or opens the factory.
  [[nodiscard]] Result<json::value> get(std::string_view path);
  [[nodiscard]] Result<json::value> post(std::string_view path, const json::object& body = {});
  /// See Client::post_streamed.
  [[nodiscard]] Result<void> post_streamed(std::string_view path, const json::object& body,
                                           const Client::OnEvent& on_event, std::stop_token stop);
  /// `post` for long work: meanwhile shows how far the job `kind` on `object` has come (see progress.hpp).
  [[nodiscard]] Result<json::value> post_long(std::string_view kind, std::string_view object, std::string_view path,
                                              const json::object& body = {});
  [[nodiscard]] Result<json::value> remove(std::string_view path);
  [[nodiscard]] Result<std::string> get_text(std::string_view path);
  [[nodiscard]] Result<json::value> post_bytes(std::string_view path, std::string bytes);
  /// All pages of a list, at most `items_max` items, in the shape of one page.
  [[nodiscard]] Result<json::value> get_all(std::string_view path, std::size_t items_max = 10'000);

 private:
  [[nodiscard]] Result<Client*> client();

  const Host& host_;
  Target target_;
  Output output_;
  const Commands& commands_;
  std::optional<Client> client_;
};

/// Whole of a file, or of standard input for "-".
[[nodiscard]] Result<std::string> read_input(const std::string& path, std::size_t bytes_max = 256u << 20);

}  // namespace millwright::cli
