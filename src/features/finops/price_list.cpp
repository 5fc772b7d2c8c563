#include "features/finops/price_list.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "base/id.hpp"
#include "features/audit/audit.hpp"
#include "features/finops/finops_sql.hpp"
#include "features/finops/price_names.hpp"

extern "C" {
extern const char millwright_seed_prices_begin[];
extern const char millwright_seed_prices_end[];
}

namespace millwright::finops {
namespace {

/// The file is part of the program: a fault in it is a bug, and a test reads it.
std::vector<PriceRow> parse_seed() {
  const auto length = static_cast<std::size_t>(millwright_seed_prices_end - millwright_seed_prices_begin);
  auto parsed = parse_prices_file(std::string_view(millwright_seed_prices_begin, length));
  ensure(parsed.has_value() && parsed->lines.empty(), "the seed price list is well-formed");
  for (auto& row : parsed->rows) row.layer = "seed";
  return std::move(parsed->rows);
}

Result<PriceRow> read_row(const store::Row& row) {
  auto body = parse_json_object(row.text(5));
  if (!body) return pass(body);
  auto parsed = parse_row(*body);
  if (!parsed) return parsed;
  parsed->id = row.text(0);
  parsed->vendor = row.text(1);
  parsed->model = row.text(2);
  parsed->from = row.time(3);
  parsed->until = row.is_null(4) ? Timestamp::max() : row.time(4);
  parsed->source = row.text(6);
  parsed->checked = row.time(7);
  parsed->layer = "imported";
  return parsed;
}

bool is_for(const PriceRow& row, std::string_view vendor, const std::string& name) {
  if (row.vendor != vendor) return false;
  return row.model == name || std::ranges::find(row.aliases, name) != row.aliases.end();
}

std::int64_t uplift_for(const PriceRow& row, std::string_view region) {
  for (const auto& [name, points] : row.uplifts) {
    if (region == name || region.starts_with(name + "-")) return points;
  }
  return 0;
}

/// What an import would do, worked out before anything is written.
struct Plan {
  struct Step {
    PriceRow row;
    std::string closes;  // id of the row before, if any
  };
  std::vector<Step> steps;
  ImportReport report;
};

const PriceRow* find_open(const std::vector<PriceRow>& rows, const PriceRow& wanted) {
  const auto found = std::ranges::find_if(rows, [&](const PriceRow& row) {
    return row.vendor == wanted.vendor && row.model == wanted.model && row.until == Timestamp::max();
  });
  return found == rows.end() ? nullptr : &*found;
}

bool is_known(const std::vector<PriceRow>& rows, const PriceRow& wanted) {
  return std::ranges::any_of(rows, [&](const PriceRow& row) {
    const bool is_same_model = row.vendor == wanted.vendor && row.model == wanted.model && row.until == wanted.until;
    const bool holds_already = wanted.until == Timestamp::max() || row.from == wanted.from;
    return is_same_model && holds_already && row.price.version == wanted.price.version && row.uplifts == wanted.uplifts;
  });
}

/// Why a row must not come into force without a person's word.
std::string reason_to_hold(const PriceRow& row, const PriceRow* known, const PriceRow* open,
                           const ImportOptions& options) {
  if (open != nullptr && row.until == Timestamp::max() && row.from <= open->from) {
    return fmt::format("the price in force begins at {}, not before this one", render_time(open->from));
  }
  if (known == nullptr || options.accept_large_changes) return {};
  const auto factor = change_factor(known->price, row.price);
  if (factor <= change_factor_max) return {};
  return "it differs more than tenfold from the price known so far; accept large changes if it is meant";
}

void plan_row(PriceRow row, const std::vector<PriceRow>& imported, const std::vector<PriceRow>& seed,
              const ImportOptions& options, Plan& plan) {
  const auto* open = find_open(imported, row);
  const auto* known = open != nullptr ? open : find_open(seed, row);
  ImportLine line{row.vendor, row.model, "", "", {}, row.price};
  if (known != nullptr) line.before = known->price;
  if (is_known(imported, row)) {
    ++plan.report.unchanged;
    return;
  }
  if (auto why = find_implausible(row.price)) {
    line.verdict = "skipped";
    line.why = *why;
    ++plan.report.skipped;
  } else if (auto hold = reason_to_hold(row, known, open, options); !hold.empty()) {
    line.verdict = "held";
    line.why = hold;
    ++plan.report.held;
  } else {
    line.verdict = open == nullptr ? "new" : "changed";
    ++(open == nullptr ? plan.report.taken : plan.report.changed);
    const bool ends_open = open != nullptr && row.until == Timestamp::max();  // a row of the past ends nothing
    plan.steps.push_back({std::move(row), ends_open ? open->id : std::string()});
  }
  plan.report.lines.push_back(std::move(line));
}

store::Values values_of(const PriceRow& row, Timestamp now) {
  const auto until = row.until == Timestamp::max() ? store::Value() : store::Value(to_micros(row.until));
  return {row.id,        row.vendor,
          row.model,     to_micros(row.from),
          until,         json::serialize(render_row(row)),
          row.source,    to_micros(row.checked),
          to_micros(now)};
}

void add_remarks(const ParsedPrices& parsed, ImportReport& report) {
  for (const auto& remark : parsed.lines) {
    if (!remark.verdict.empty()) {
      report.lines.push_back(remark);
      ++report.skipped;
      continue;
    }
    const auto line = std::ranges::find_if(report.lines, [&](const ImportLine& each) {
      return each.vendor == remark.vendor && each.model == remark.model && each.why.empty();
    });
    if (line != report.lines.end()) line->why = remark.why;
  }
}

}  // namespace

PriceList::PriceList(store::Database& database, store::Writer& writer, audit::Audit& audit, const Clock& clock)
    : database_(database), writer_(writer), audit_(audit), clock_(clock), seed_(parse_seed()) {}

Result<std::unique_ptr<PriceList>> PriceList::open(store::Database& database, store::Writer& writer,
                                                   audit::Audit& audit, const Clock& clock) {
  auto list = std::make_unique<PriceList>(database, writer, audit, clock);
  auto loaded = list->load();
  if (!loaded) return pass(loaded);
  return list;
}

Result<void> PriceList::load() {
  auto rows = database_.select(sql::list_prices);
  if (!rows) return pass(rows);
  std::vector<PriceRow> imported;
  for (const auto& row : *rows) {
    auto parsed = read_row(row);
    if (!parsed) return fail(ErrorCode::Corrupt, "price {}: {}", row.text(0), parsed.error().message);
    imported.push_back(std::move(*parsed));
  }
  const std::scoped_lock lock(mutex_);
  imported_ = std::move(imported);
  return {};
}

std::vector<PriceRow> PriceList::rows() const {
  const std::scoped_lock lock(mutex_);
  auto all = imported_;
  all.insert(all.end(), seed_.begin(), seed_.end());
  return all;
}

PriceList::SeedSpan PriceList::seed_span() const {
  SeedSpan span{Timestamp::max(), Timestamp{}};
  for (const auto& row : seed_) {
    span.oldest = std::min(span.oldest, row.checked);
    span.newest = std::max(span.newest, row.checked);
  }
  return span;
}

PriceBook::Versions PriceList::versions_for(const std::vector<PricedModel>& models) const {
  const auto all = rows();
  PriceBook::Versions versions;
  for (const auto& model : models) {
    auto& of_model = versions[model.name];
    of_model = model.configured;
    if (model.vendor.empty()) continue;
    const auto configured = of_model.size();
    for (const auto& name : listed_names(model.vendor, model.id, model.region)) {
      for (const auto& row : all) {
        if (!is_for(row, model.vendor, name)) continue;
        PriceVersion version{row.from, row.until, row.price, row.layer, row.source};
        version.price.uplift_basis_points = uplift_for(row, model.region);
        version.price.version = version_of(version.price);
        of_model.push_back(std::move(version));
      }
      if (of_model.size() > configured) break;  // less exact names are for models without a row of their own
    }
  }
  return versions;
}

Result<ImportReport> PriceList::import(std::string_view text, const ImportOptions& options) {
  const std::scoped_lock one_at_a_time(import_mutex_);
  auto parsed = parse_prices_file(text);
  if (!parsed) return pass(parsed);
  const auto now = clock_.now();
  std::vector<PriceRow> imported;
  {
    const std::scoped_lock lock(mutex_);
    imported = imported_;
  }
  Plan plan;
  plan.report.format = parsed->format;
  for (auto& row : parsed->rows) {
    row.id = Id::generate().text();
    row.source = row.source.empty() ? options.source : row.source;
    row.checked = row.checked == Timestamp{} ? now : row.checked;
    const bool is_past = row.until != Timestamp::max();
    if (!is_past && (options.from || row.from == Timestamp{})) row.from = options.from.value_or(now);
    plan_row(std::move(row), imported, seed_, options, plan);
  }
  add_remarks(*parsed, plan.report);
  if (options.is_dry_run || plan.steps.empty()) return std::move(plan.report);
  audit::Entry entry;
  entry.actor = options.actor;
  entry.action = "price.import";
  entry.object = "prices/" + sha256(text).short_text();
  entry.detail = {{"source", options.source},
                  {"format", plan.report.format},
                  {"new", plan.report.taken},
                  {"changed", plan.report.changed},
                  {"held", plan.report.held},
                  {"skipped", plan.report.skipped},
                  {"accepted_large_changes", options.accept_large_changes}};
  auto written = writer_.run([&](store::Session& session) -> Result<void> {
    for (const auto& [row, closes] : plan.steps) {
      if (!closes.empty()) {
        auto closed = session.execute(sql::close_price, {to_micros(row.from), closes});
        if (!closed) return pass(closed);
      }
      auto inserted = session.execute(sql::insert_price, values_of(row, now));
      if (!inserted) return pass(inserted);
    }
    return audit_.append(session, entry);
  });
  if (!written) return pass(written);
  auto loaded = load();
  if (!loaded) return pass(loaded);
  return std::move(plan.report);
}

}  // namespace millwright::finops
