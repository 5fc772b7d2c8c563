// Carries a command's request to whoever answers it: a server elsewhere (--url), the server that runs on the data
// directory (its owner-only socket), or a factory opened in this process. The paths and answers are the same.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/json.hpp"
#include "cli/host.hpp"
#include "io/http/client.hpp"
#include "io/http/message.hpp"

namespace millwright::cli {

struct Target {
  std::string url, token;      // url empty: the data directory
  Places places;
};

class Client {
 public:
  [[nodiscard]] static Result<Client> open(const Host& host, const Target& target);

  // The parsed answer; a problem document becomes the Error it describes.
  [[nodiscard]] Result<json::value> get(std::string_view path);
  [[nodiscard]] Result<json::value> post(std::string_view path, const json::object& body);
  /// The data of the server-sent events of the answer, one by one as they come, with the name of each ("" when it has
  /// none). An answer that is no stream is one event of that name.
  using OnEvent = std::function<void(std::string_view name, const json::value& data)>;
  [[nodiscard]] Result<void> post_streamed(std::string_view path, const json::object& body, const OnEvent& on_event,
                                           std::stop_token stop);
  [[nodiscard]] Result<json::value> remove(std::string_view path);
  /// Bytes instead of JSON, both ways.
  [[nodiscard]] Result<std::string> get_text(std::string_view path);
  [[nodiscard]] Result<json::value> post_bytes(std::string_view path, std::string bytes);

 private:
  using OnPiece = std::function<void(std::string_view)>;
  [[nodiscard]] Result<io::http::Response> call(io::http::Method method, std::string_view path, std::string body,
                                                std::string_view media_type, const OnPiece& on_piece = {},
                                                std::stop_token stop = {});

  io::http::Origin origin_;
  std::string token_;
  std::unique_ptr<LocalFactory> local_;
};

/// Whether a server answers on a socket: a file alone may be left over from a process that was killed.
[[nodiscard]] bool is_served(const std::filesystem::path& socket);
/// Percent-encodes one segment or query value.
[[nodiscard]] std::string encoded(std::string_view text);
/// Error of a problem document, with the code it names.
[[nodiscard]] Error parse_problem(const io::http::Response& response);

}  // namespace millwright::cli
