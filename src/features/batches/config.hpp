// The sections `batches` and `files` of the configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config/node.hpp"
#include "base/config/spec.hpp"
#include "base/time.hpp"

namespace millwright::batches {

/// Prefer: in hours that the price book has cheaper prices for, unless the deadline is near. Only: in such hours alone.
enum class OffPeak : std::uint8_t { Ignore, Prefer, Only };
[[nodiscard]] std::string_view off_peak_name(OffPeak policy);
[[nodiscard]] std::optional<OffPeak> find_off_peak(std::string_view name);

/// Whether lines may go through a provider's own batches, at its batch prices.
enum class ProviderBatch : std::uint8_t { Never, Prefer };
[[nodiscard]] std::string_view provider_batch_name(ProviderBatch policy);
[[nodiscard]] std::optional<ProviderBatch> find_provider_batch(std::string_view name);

/// What one use case wants instead.
struct UseCaseBatches {
  std::string use_case;
  std::optional<OffPeak> off_peak;
  std::optional<ProviderBatch> provider_batch;
};

struct BatchSettings {
  std::int64_t concurrent = 8;                        // lines at once, of all batches
  Duration window_max{std::chrono::hours(24 * 7)};    // the longest completion_window
  OffPeak off_peak = OffPeak::Prefer;
  ProviderBatch provider_batch = ProviderBatch::Prefer;
  std::int64_t provider_lines_min = 10;               // fewer are not worth a provider's batch
  Duration poll{60'000};                              // of a provider's batch, the longest wait between two looks
  Duration retention{std::chrono::hours(24 * 30)};
  std::vector<UseCaseBatches> use_cases;

  /// For batches of a key that is bound to this use case.
  [[nodiscard]] OffPeak off_peak_of(std::string_view use_case) const;
  [[nodiscard]] ProviderBatch provider_batch_of(std::string_view use_case) const;
};
struct FileSettings {
  std::uint64_t size_max = 512u << 20;                // of one file
  std::uint64_t total_max = 20ull << 30;              // of all files of this node
  Duration retention{std::chrono::hours(24 * 30)};    // of files that say nothing themselves; 0: until deleted
};

[[nodiscard]] config::Section batches_section();
[[nodiscard]] config::Section files_section();
/// What has been validated against its section, or is absent.
[[nodiscard]] BatchSettings parse_batches(const config::Node& batches);
[[nodiscard]] FileSettings parse_files(const config::Node& files);

}  // namespace millwright::batches
