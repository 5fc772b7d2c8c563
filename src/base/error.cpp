#include "base/error.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace millwright {
namespace {

constexpr std::array meanings{
    ErrorMeaning{ErrorCode::InvalidInput, "invalid_input", 400, false, LogLevel::Info, 2},
    ErrorMeaning{ErrorCode::InvalidConfig, "invalid_config", 422, false, LogLevel::Warning, 3},
    ErrorMeaning{ErrorCode::Unauthenticated, "unauthenticated", 401, false, LogLevel::Info, 4},
    ErrorMeaning{ErrorCode::Forbidden, "forbidden", 403, false, LogLevel::Info, 4},
    ErrorMeaning{ErrorCode::PolicyRefused, "policy_refused", 403, false, LogLevel::Info, 7},
    ErrorMeaning{ErrorCode::NotFound, "not_found", 404, false, LogLevel::Info, 5},
    ErrorMeaning{ErrorCode::Conflict, "conflict", 409, false, LogLevel::Info, 6},
    ErrorMeaning{ErrorCode::TooLarge, "too_large", 413, false, LogLevel::Info, 2},
    ErrorMeaning{ErrorCode::RateLimited, "rate_limited", 429, true, LogLevel::Info, 1},
    ErrorMeaning{ErrorCode::BudgetExhausted, "budget_exhausted", 429, false, LogLevel::Warning, 7},
    ErrorMeaning{ErrorCode::Pending, "pending", 409, false, LogLevel::Info, 8},
    ErrorMeaning{ErrorCode::Cancelled, "cancelled", 499, false, LogLevel::Info, 2},
    ErrorMeaning{ErrorCode::Timeout, "timeout", 504, true, LogLevel::Warning, 1},
    ErrorMeaning{ErrorCode::Unavailable, "unavailable", 503, true, LogLevel::Warning, 1},
    ErrorMeaning{ErrorCode::UpstreamFailed, "upstream_failed", 502, true, LogLevel::Warning, 1},
    ErrorMeaning{ErrorCode::Corrupt, "corrupt", 500, false, LogLevel::Error, 1},
    ErrorMeaning{ErrorCode::Internal, "internal", 500, false, LogLevel::Error, 1},
};

constexpr bool is_in_enum_order() {
  for (std::size_t i = 0; i < meanings.size(); ++i) {
    if (static_cast<std::size_t>(meanings[i].code) != i) return false;
  }
  return true;
}
static_assert(is_in_enum_order(), "one row a code, in the order of the enum");

}  // namespace

const ErrorMeaning& meaning(ErrorCode code) { return meanings[static_cast<std::size_t>(code)]; }

std::string describe(const Error& error) {
  std::string text;
  if (!error.where.source.empty()) text += error.where.source + ":";
  if (error.where.line != 0) text += fmt::format("{}:{}:", error.where.line, error.where.column);
  if (!text.empty()) text += " ";
  if (!error.where.field.empty()) text += error.where.field + ": ";
  text += error.message;
  if (error.where.byte) text += fmt::format(" (at byte {})", *error.where.byte);
  if (!error.fix.empty()) {
    const bool is_sentence = error.fix.front() < 'a' || error.fix.front() > 'z';
    text += is_sentence ? " " + error.fix : fmt::format(" ({})", error.fix);
  }
  return text;
}

void stop_on_bug(std::string_view condition, std::string_view why, const char* file, int line) {
  fmt::print(stderr, "millwright: a rule of the program itself is broken: {} ({}) at {}:{}\n", why, condition,
             file, line);
  std::fflush(stderr);
  std::abort();
}

}  // namespace millwright
