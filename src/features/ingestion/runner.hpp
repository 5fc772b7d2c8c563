// Where parsing happens: in sandboxed child processes, or in this process for tests and trusted bytes.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "features/ingestion/parser.hpp"
#include "io/sandbox/sandbox.hpp"

namespace millwright::ingestion {

/// Thread-safe; calls block.
class ParserRunner {
 public:
  virtual ~ParserRunner() = default;
  [[nodiscard]] virtual Result<ParsedDocument> parse(std::string_view path, std::string_view bytes) = 0;
};

/// `parsers` outlives the runner.
[[nodiscard]] std::unique_ptr<ParserRunner> make_in_process_runner(const Parsers& parsers, ParseLimits limits = {});

struct SandboxRunnerOptions {
  std::string program;                        // this executable
  std::string argument = "sandbox-parse";     // its verb that calls run_parser_child
  std::size_t workers = 0;                    // 0: one a core
  /// Time on a core is what counts; the wall time only ends what waits for ever, also on a crowded machine.
  io::sandbox::Limits limits{.wall_max = std::chrono::minutes(2)};
};
/// What goes wrong in the child is an Error: Timeout, TooLarge, Corrupt.
[[nodiscard]] std::unique_ptr<ParserRunner> make_sandbox_runner(SandboxRunnerOptions options);

/// The child's side: answers requests on standard input until it closes. Gives the exit status.
[[nodiscard]] int run_parser_child(const Parsers& parsers);

}  // namespace millwright::ingestion
