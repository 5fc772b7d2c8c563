#include "features/batches/config.hpp"

namespace millwright::batches {
namespace {

using config::Kind;
using config::option;

constexpr std::int64_t day_ms = 86'400'000;

config::Spec off_peak_spec() {
  return config::choice("Whether lines wait for hours that the price book has cheaper prices for.",
                        {"prefer", "only", "ignore"});
}

config::Spec provider_batch_spec() {
  return config::choice("Whether lines go through a provider's own batches where it has some and the price book has "
                        "batch prices.",
                        {"prefer", "never"});
}

config::Spec use_case_spec() {
  return config::object("One use case, for keys that are bound to it.",
                        {{"use_case", option(Kind::Name, "Its name.").required()},
                         {"off_peak", off_peak_spec()},
                         {"provider_batch", provider_batch_spec()}});
}

const UseCaseBatches* find_use_case(const BatchSettings& settings, std::string_view name) {
  for (const auto& one : settings.use_cases) {
    if (one.use_case == name) return &one;
  }
  return nullptr;
}

}  // namespace

OffPeak BatchSettings::off_peak_of(std::string_view use_case) const {
  const auto* own = find_use_case(*this, use_case);
  return own != nullptr && own->off_peak ? *own->off_peak : off_peak;
}

ProviderBatch BatchSettings::provider_batch_of(std::string_view use_case) const {
  const auto* own = find_use_case(*this, use_case);
  return own != nullptr && own->provider_batch ? *own->provider_batch : provider_batch;
}

std::string_view off_peak_name(OffPeak policy) {
  return policy == OffPeak::Ignore ? "ignore" : policy == OffPeak::Prefer ? "prefer" : "only";
}

std::optional<OffPeak> find_off_peak(std::string_view name) {
  for (const auto policy : {OffPeak::Ignore, OffPeak::Prefer, OffPeak::Only}) {
    if (off_peak_name(policy) == name) return policy;
  }
  return std::nullopt;
}

std::string_view provider_batch_name(ProviderBatch policy) {
  return policy == ProviderBatch::Never ? "never" : "prefer";
}

std::optional<ProviderBatch> find_provider_batch(std::string_view name) {
  for (const auto policy : {ProviderBatch::Never, ProviderBatch::Prefer}) {
    if (provider_batch_name(policy) == name) return policy;
  }
  return std::nullopt;
}

config::Section batches_section() {
  return {"batches",
          config::object(
              "Batches (POST /v1/batches) and deferred calls: calls that nobody waits for.",
              {{"concurrent", option(Kind::Integer, "Lines in flight at once, of all batches together.").fallback("8").between(1, 200)},
               {"window", option(Kind::Duration, "The longest completion_window a batch may ask for.").fallback("7d").between(60'000, 31 * day_ms)},
               {"off_peak", off_peak_spec().fallback("prefer")},
               {"provider_batch", provider_batch_spec().fallback("prefer")},
               {"provider_lines", option(Kind::Integer, "The fewest lines a provider's batch is made for.").fallback("10").between(1, 50'000)},
               {"poll", option(Kind::Duration, "The longest wait between two looks at a provider's batch.").fallback("60s").between(10, 3'600'000)},
               {"use_cases", config::list_of("What single use cases want instead.", use_case_spec())},
               {"retention", option(Kind::Duration, "How long finished batches are kept.").fallback("30d").between(60'000, 3'650 * day_ms)}})};
}

config::Section files_section() {
  return {"files",
          config::object(
              "Files that callers upload (POST /v1/files) and that batches give out, sealed by the vault.",
              {{"size", option(Kind::Size, "The largest file.").fallback("512MiB").between(1'024, 2'000'000'000)},
               {"total", option(Kind::Size, "All files of this node together.").fallback("20GiB").between(1'024, 1LL << 50)},
               {"retention", option(Kind::Duration, "How long files are kept that set no expires_after; 0: until they are deleted.").fallback("30d").between(0, 3'650 * day_ms)}})};
}

BatchSettings parse_batches(const config::Node& batches) {
  BatchSettings settings;
  if (batches["concurrent"].is_set()) settings.concurrent = batches["concurrent"].integer();
  if (batches["window"].is_set()) settings.window_max = batches["window"].duration();
  if (batches["off_peak"].is_set()) settings.off_peak = *find_off_peak(batches["off_peak"].text());
  if (batches["provider_batch"].is_set()) {
    settings.provider_batch = *find_provider_batch(batches["provider_batch"].text());
  }
  if (batches["provider_lines"].is_set()) settings.provider_lines_min = batches["provider_lines"].integer();
  if (batches["poll"].is_set()) settings.poll = batches["poll"].duration();
  if (batches["retention"].is_set()) settings.retention = batches["retention"].duration();
  for (const auto& node : batches["use_cases"].items()) {
    UseCaseBatches own;
    own.use_case = node["use_case"].text();
    if (node["off_peak"].is_set()) own.off_peak = find_off_peak(node["off_peak"].text());
    if (node["provider_batch"].is_set()) own.provider_batch = find_provider_batch(node["provider_batch"].text());
    settings.use_cases.push_back(std::move(own));
  }
  return settings;
}

FileSettings parse_files(const config::Node& files) {
  FileSettings settings;
  if (files["size"].is_set()) settings.size_max = files["size"].size();
  if (files["total"].is_set()) settings.total_max = files["total"].size();
  if (files["retention"].is_set()) settings.retention = files["retention"].duration();
  return settings;
}

}  // namespace millwright::batches
