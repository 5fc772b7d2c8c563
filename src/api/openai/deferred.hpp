// x-millwright-defer: a single call that nobody waits for, run when it is cheapest: a batch of one line.
#pragma once

#include <optional>
#include <string>

#include "api/openai/routes.hpp"
#include "api/surface.hpp"
#include "features/batches/batches.hpp"

namespace millwright::api::openai {

struct Deferral {
  std::optional<batches::OffPeak> off_peak;   // nothing: as configured
  std::string window = "24h";
  Duration time{std::chrono::hours(24)};
};
/// "off-peak", "off-peak; deadline=6h", "any; deadline=2026-11-24T06:00:00Z". InvalidInput names the header.
[[nodiscard]] Result<Deferral> parse_deferral(std::string_view header, Timestamp now);

/// Answers 202 with the batch that will make the call.
[[nodiscard]] io::Task<void> defer_call(Parts parts, io::http::Exchange& exchange, std::string endpoint);

/// A row of an endpoint whose calls can be deferred.
[[nodiscard]] Route deferrable_row(std::string pattern, const Parts& parts,
                                   io::Task<void> (*handler)(Parts, io::http::Exchange&));

}  // namespace millwright::api::openai
