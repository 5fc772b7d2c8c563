// The price list: what is known of prices whoever is configured, in layers. What came with the program (seed) gives way
// to what was imported, and that to what a configuration says. Part of the face of finops: include finops.hpp.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "features/finops/prices.hpp"
#include "store/writer.hpp"

namespace millwright::audit {
class Audit;
}

namespace millwright::finops {

/// What one vendor asks for one model in a span of time.
struct PriceRow {
  std::string vendor;                // "openai", "anthropic", "gemini", "deepseek", …
  std::string model;                 // as the vendor names it
  std::vector<std::string> aliases;  // further names of the same model at the same price
  Timestamp from{};
  Timestamp until = Timestamp::max();
  ModelPrice price;                             // without uplift
  std::map<std::string, std::int64_t> uplifts;  // basis points by region: "eu" also stands for "eu-west-1"
  std::string source;                           // URL or file
  Timestamp checked{};                          // when the source said so
  std::string layer;                            // "imported" or "seed"
  std::string id;                               // of an imported row
};
/// The row as data files and the database hold it; parse_row(render_row(row)) is the row.
[[nodiscard]] json::object render_row(const PriceRow& row);
[[nodiscard]] Result<PriceRow> parse_row(const json::object& object);

/// Why a price cannot be meant, as after a wrong unit; nothing when it is plausible. Free is plausible.
[[nodiscard]] std::optional<std::string> find_implausible(const ModelPrice& price);
/// How often the larger of two prices holds the smaller, of input or output, whichever differs more; 1 for the same.
[[nodiscard]] double change_factor(const ModelPrice& before, const ModelPrice& after);
inline constexpr double change_factor_max = 10;  // larger changes need a person's word

/// The vendor whose list prices hold for a host: only the vendor's own address counts, so that a local server that
/// speaks the same dialect is never billed by it. Empty: none known.
[[nodiscard]] std::string_view vendor_of_host(std::string_view host);

/// A model as configured, for the question what it costs.
struct PricedModel {
  std::string name, vendor, id, region;
  std::vector<PriceVersion> configured;
};

struct ImportOptions {
  std::string source;             // file name or URL, kept with each row
  std::optional<Timestamp> from;  // when the new prices begin to hold; the moment of the import when left out
  bool is_dry_run = false;
  bool accept_large_changes = false;
  std::string actor;
};
struct ImportLine {
  std::string vendor, model, verdict;  // "new", "changed", "held", "skipped"
  std::string why;                     // of held and skipped; what was left out of the others
  std::optional<ModelPrice> before, after;
};
struct ImportReport {
  std::string format;                                                        // "litellm", "models.dev" or "millwright"
  std::size_t taken = 0, changed = 0, unchanged = 0, held = 0, skipped = 0;  // taken: new ones
  std::vector<ImportLine> lines;                                             // all but the unchanged
};
/// Rows of a file in one of the known formats, and what could not be taken. InvalidInput when it is none of them.
struct ParsedPrices {
  std::string format;
  std::vector<PriceRow> rows;
  std::vector<ImportLine> lines;  // skipped, and remarks on rows by vendor and model
};
[[nodiscard]] Result<ParsedPrices> parse_prices_file(std::string_view text);

/// Thread-safe.
class PriceList {
 public:
  [[nodiscard]] static Result<std::unique_ptr<PriceList>> open(store::Database& database, store::Writer& writer,
                                                               audit::Audit& audit, const Clock& clock);
  PriceList(store::Database& database, store::Writer& writer, audit::Audit& audit, const Clock& clock);

  /// Every row, imported ones first, newer ones before older ones.
  [[nodiscard]] std::vector<PriceRow> rows() const;
  /// When the rows of the seed were read at their sources.
  struct SeedSpan {
    Timestamp oldest, newest;
  };
  [[nodiscard]] SeedSpan seed_span() const;
  /// What each model costs and when: its configuration's own versions before imported ones before the seed's.
  [[nodiscard]] PriceBook::Versions versions_for(const std::vector<PricedModel>& models) const;
  /// Compares a file with what is known and, unless it is a dry run, puts the new and the changed in force: the row
  /// before ends where the new one begins. All or nothing, with one entry in the audit log. May block.
  [[nodiscard]] Result<ImportReport> import(std::string_view text, const ImportOptions& options);

 private:
  Result<void> load();

  store::Database& database_;
  store::Writer& writer_;
  audit::Audit& audit_;
  const Clock& clock_;
  std::vector<PriceRow> seed_;
  std::mutex import_mutex_;  // one import at a time
  mutable std::mutex mutex_;
  std::vector<PriceRow> imported_;
};

}  // namespace millwright::finops
