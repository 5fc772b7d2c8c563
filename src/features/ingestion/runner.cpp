#include "features/ingestion/runner.hpp"

#include <algorithm>
#include <thread>

#include "base/text.hpp"

namespace millwright::ingestion {

namespace {

constexpr std::size_t length_bytes = 4;
constexpr std::size_t path_bytes_max = 4'096;

/// Request: the length of the path in four bytes, the path, the document.
std::string request_frame(std::string_view path, std::string_view bytes) {
  path = path.substr(0, path_bytes_max);
  std::string frame;
  frame.reserve(length_bytes + path.size() + bytes.size());
  for (std::size_t i = 0; i < length_bytes; ++i) frame += static_cast<char>(path.size() >> (8 * i) & 0xFF);
  return frame.append(path).append(bytes);
}

std::string answer_frame(const Parsers& parsers, std::string_view frame) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < length_bytes && i < frame.size(); ++i) {
    size |= static_cast<std::size_t>(static_cast<unsigned char>(frame[i])) << (8 * i);
  }
  if (frame.size() < length_bytes || size > frame.size() - length_bytes) {
    return encode(fail(ErrorCode::Internal, "the request to the parser is malformed"));
  }
  const std::string_view path = frame.substr(length_bytes, size);
  return encode(parse_document(parsers, path, frame.substr(length_bytes + size), ParseLimits()));
}

class InProcessRunner final : public ParserRunner {
 public:
  InProcessRunner(const Parsers& parsers, ParseLimits limits) : parsers_(parsers), limits_(limits) {}
  [[nodiscard]] Result<ParsedDocument> parse(std::string_view path, std::string_view bytes) override {
    try {
      return parse_document(parsers_, path, bytes, limits_);
    } catch (const std::exception& e) {
      return fail(ErrorCode::Corrupt, "the parser failed: {}", e.what());
    }
  }

 private:
  const Parsers& parsers_;
  ParseLimits limits_;
};

class SandboxRunner final : public ParserRunner {
 public:
  explicit SandboxRunner(const SandboxRunnerOptions& options)
      : pool_(options.program, options.argument,
              static_cast<unsigned>(options.workers > 0 ? options.workers
                                                        : std::max(1U, std::thread::hardware_concurrency())),
              options.limits) {}

  [[nodiscard]] Result<ParsedDocument> parse(std::string_view path, std::string_view bytes) override {
    auto answer = pool_.call(request_frame(path, bytes));
    if (answer) return decode(*answer);
    Error error = std::move(answer.error());
    // Whatever the child died of, it is this document's fault; a child that cannot start is ours.
    if (error.code != ErrorCode::Unavailable) {
      if (error.code == ErrorCode::Internal) error.code = ErrorCode::Corrupt;
      error.rule = error.code == ErrorCode::Timeout ? "parse.time" : "parse.sandbox";
    }
    return std::unexpected(std::move(error));
  }

 private:
  io::sandbox::WorkerPool pool_;
};

}  // namespace

std::unique_ptr<ParserRunner> make_in_process_runner(const Parsers& parsers, ParseLimits limits) {
  return std::make_unique<InProcessRunner>(parsers, limits);
}

std::unique_ptr<ParserRunner> make_sandbox_runner(SandboxRunnerOptions options) {
  return std::make_unique<SandboxRunner>(options);
}

int run_parser_child(const Parsers& parsers) {
  return io::sandbox::serve_frames({}, [&](std::string_view frame) { return answer_frame(parsers, frame); });
}

}  // namespace millwright::ingestion
