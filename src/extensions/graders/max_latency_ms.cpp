// max_latency_ms: the whole answer took no longer than this.
#include "extensions/graders/all.hpp"

namespace millwright::extensions {
namespace {

class MaxLatency final : public evaluation::Grader {
 public:
  std::string_view name() const override { return "max_latency_ms"; }
  Result<void> check_argument(const json::value& argument) const override {
    if (argument.is_int64() && argument.get_int64() > 0) return {};
    return fail(ErrorCode::InvalidInput, "needs a whole number of milliseconds above 0");
  }
  evaluation::Grade grade(const evaluation::Answer& answer, const json::value& argument) const override {
    const std::int64_t limit = argument.get_int64();
    return {answer.latency_ms <= limit, fmt::format("took {} ms of {} ms", answer.latency_ms, limit)};
  }
};

}  // namespace

std::unique_ptr<evaluation::Grader> make_max_latency_ms() { return std::make_unique<MaxLatency>(); }

}  // namespace millwright::extensions
