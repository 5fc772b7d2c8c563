// The one error type of the house, and the one table that says what each code means to the outside.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace millwright {

enum class ErrorCode : std::uint8_t {
  InvalidInput,      // the caller sent something malformed
  InvalidConfig,     // a configuration file is wrong
  Unauthenticated,   // no or unknown credentials
  Forbidden,         // known caller, not allowed
  PolicyRefused,     // a policy or guard rule refused
  NotFound,          // no such object, or the caller may not know of it
  Conflict,          // stale version, duplicate name, wrong state
  TooLarge,          // a limit on size, depth or count
  RateLimited,       // try again after retry_after
  BudgetExhausted,   // money is spent; retrying does not help
  Pending,           // waits for a person or for work still running
  Cancelled,         // the caller went away or asked to stop
  Timeout,           // a deadline passed
  Unavailable,       // overload or a dependency is down; retrying helps
  UpstreamFailed,    // a provider answered wrongly or not at all
  Corrupt,           // stored data fails its check
  Internal,          // a bug
};

/// Where in an input the fault lies. Lines and columns count from 1, bytes from 0; 0 and npos mean unknown.
struct Where {
  std::string source;   // file name, or "request body"
  std::string field;    // dotted path, as in "models[2].price.input"
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::optional<std::uint64_t> byte;

  [[nodiscard]] bool empty() const { return source.empty() && field.empty() && line == 0 && !byte; }
};

/// What failed, where, by which rule, and how to mend it. Text never holds secrets, prompts or personal data.
struct Error {
  ErrorCode code = ErrorCode::Internal;
  std::string message;   // what was wrong, one sentence
  Where where;
  std::string rule;      // id of the policy, limit or schema rule, if one decided
  std::string fix;       // what to do about it, one sentence
  std::optional<std::chrono::milliseconds> retry_after;
};

enum class LogLevel : std::uint8_t { Debug, Info, Warning, Error };

/// The meaning of a code outside the process.
struct ErrorMeaning {
  ErrorCode code;
  std::string_view name;        // snake_case, stable; used as `code` in JSON
  std::uint16_t http_status;
  bool retryable;
  LogLevel level;
  std::uint8_t exit_code;       // of the command line
};
[[nodiscard]] const ErrorMeaning& meaning(ErrorCode code);

/// "file.yaml:3:7: models[0].price: message (fix)": for terminals and logs.
[[nodiscard]] std::string describe(const Error& error);

template <class T>
using Result = std::expected<T, Error>;

/// `return fail(ErrorCode::NotFound, "no use case named \"{}\"", name);`
template <class... Args>
[[nodiscard]] std::unexpected<Error> fail(ErrorCode code, fmt::format_string<Args...> text, Args&&... args) {
  Error error;
  error.code = code;
  error.message = fmt::format(text, std::forward<Args>(args)...);
  return std::unexpected(std::move(error));
}
/// Passes an error on: `if (!row) return pass(row);`
template <class T>
[[nodiscard]] std::unexpected<Error> pass(Result<T>& failed) {
  return std::unexpected(std::move(failed.error()));
}

/// Stops the process with a message and a non-zero status: for programmer errors only, alive in release,
/// never on outside input.
[[noreturn]] void stop_on_bug(std::string_view condition, std::string_view why, const char* file, int line);

}  // namespace millwright

#define ensure(condition, why) \
  ((condition) ? void(0) : ::millwright::stop_on_bug(#condition, (why), __FILE__, __LINE__))
