// Carries a command's request to whoever answers it: a server elsewhere (--url), the server that runs on the data
// directory (its owner-only socket), or a factory opened in this process. The paths and answers are the same.
#pragma once

#include <memory>
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
  [[nodiscard]] Result<json::value> remove(std::string_view path);
  /// Bytes instead of JSON, both ways.
  [[nodiscard]] Result<std::string> get_text(std::string_view path);
  [[nodiscard]] Result<json::value> post_bytes(std::string_view path, std::string bytes);

 private:
  [[nodiscard]] Result<io::http::Response> call(io::http::Method method, std::string_view path, std::string body,
                                                std::string_view media_type);

  io::http::Origin origin_;
  std::string token_;
  std::unique_ptr<LocalFactory> local_;
};

/// Percent-encodes one segment or query value.
[[nodiscard]] std::string encoded(std::string_view text);
/// Error of a problem document, with the code it names.
[[nodiscard]] Error parse_problem(const io::http::Response& response);

}  // namespace millwright::cli
