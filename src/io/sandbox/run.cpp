#include "io/sandbox/child_process.hpp"

namespace millwright::io::sandbox {

Result<std::string> run(const std::string& program, const std::string& argument, std::string_view input,
                        const Limits& limits) {
  if (input.size() > limits.input_bytes_max) {
    return fail(ErrorCode::TooLarge, "the input is longer than {} bytes", limits.input_bytes_max);
  }
  const auto until = std::chrono::steady_clock::now() + limits.wall_max;
  auto child = ChildProcess::start(program, argument, limits, CpuLimit::ForProcess);
  if (!child) return pass(child);
  auto output = child->exchange(input, ChildProcess::AfterInput::Ends, limits.output_bytes_max, until,
                                [](std::string_view) { return false; });
  if (!output) return pass(output);
  auto ended = child->wait(until, limits);
  if (!ended) return pass(ended);
  return output;
}

}  // namespace millwright::io::sandbox
