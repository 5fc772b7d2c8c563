// What the program around the command line offers it: the server, a factory in this process, offline checks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "api/ops/check.hpp"
#include "base/config/node.hpp"
#include "base/error.hpp"
#include "cli/litellm/vocabulary.hpp"
#include "io/http/message.hpp"

namespace millwright::cli {

/// A factory in this process, for commands on a data directory where no server runs.
class LocalFactory {
 public:
  virtual ~LocalFactory() = default;
  /// Through the same router as every request, with the rights of whoever owns the directory. With `on_piece` the body
  /// of a streamed answer goes there, piece by piece, and not into the response. When `stop` is requested the call is
  /// ended as when a client goes away.
  [[nodiscard]] virtual io::http::Response call(io::http::Request request,
                                                const std::function<void(std::string_view)>& on_piece = {},
                                                std::stop_token stop = {}) = 0;
};

struct Places {
  std::filesystem::path config, data;
  std::optional<std::uint16_t> port;
};

/// What can be seen of a data directory from outside.
struct Examination {
  api::Checks checks;
  bool can_open = false;      // opening the factory would work and would change nothing
};

struct Host {
  std::string version;
  std::function<int(const Places&)> serve;
  std::function<int(const Places&, bool stop_at_end)> demo;
  std::function<int()> sandbox_parse;
  std::function<Result<std::unique_ptr<LocalFactory>>(const Places&)> open_local;
  /// All faults of a configuration file, without a data directory.
  std::function<config::Faults(const std::filesystem::path& file)> validate;
  std::function<std::string()> config_schema;
  /// What a configuration may say, for those who write one.
  std::function<litellm::Vocabulary()> vocabulary;
  /// The doctor's checks that need no factory: modes, lock, socket, configuration, schema.
  std::function<Examination(const Places&, api::Repair)> examine;
};

}  // namespace millwright::cli
