// Circuit breakers: a model that keeps failing is left alone for a while, so that its callers hear at once and its
// provider can recover.
//
// Closed → (so many failures in a row) → open → (the pause has passed) → half open: one call may try → closed again on
// success, open for twice as long on failure.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace millwright::gateway {

struct BreakerSettings {
  int failures = 10;             // in a row; 0: never opens
  Duration pause{1'000};         // the first one; doubles with each failed trial
  Duration pause_max{60'000};
};

/// One breaker a model, made when first needed. Thread-safe.
class Breakers {
 public:
  /// Nothing when the model may be called: then exactly one report must follow. Otherwise how long until it may be tried.
  [[nodiscard]] std::optional<Duration> ask(std::string_view model, Timestamp now);

  enum class Outcome : std::uint8_t {
    Success,
    Failure,     // the provider failed: an error of its own, no answer, garbage
    Unrelated,   // says nothing about the provider: the request was wrong, the caller went away, a limit was reached
  };
  /// True when this failure opened the breaker.
  bool report(std::string_view model, Outcome outcome, const BreakerSettings& settings, Timestamp now);

  /// Whether the model is left alone at the moment; asks for nothing and changes nothing.
  [[nodiscard]] bool is_open(std::string_view model, Timestamp now) const;

  /// How many models are left alone at the moment.
  [[nodiscard]] std::size_t open_count() const;

 private:
  struct Breaker {
    int failures = 0;
    Duration pause{0};           // 0: closed
    Timestamp until;
    bool is_trying = false;      // half open, and the trial is on its way
    Timestamp trying_since;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Breaker, std::less<>> breakers_;
};

}  // namespace millwright::gateway
