#include "features/identity/key_spec.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace millwright::identity {
namespace {

std::unexpected<Error> refuse(std::string_view field, std::string message, std::string fix = {}) {
  Error error;
  error.code = ErrorCode::InvalidInput;
  error.where.field = std::string(field);
  error.message = std::move(message);
  error.fix = std::move(fix);
  return std::unexpected(std::move(error));
}

/// Printable, without control characters, of bounded length.
bool is_label(std::string_view text) {
  if (text.empty() || text.size() > 128 || first_invalid_utf8(text)) return false;
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

Result<void> check_label(std::string_view field, std::string_view text) {
  if (text.empty() || is_label(text)) return {};
  return refuse(field, "not a name", "Use 1 to 128 printable characters.");
}

Result<void> check_labels(std::string_view field, std::vector<std::string>& names) {
  if (names.size() > 256) return refuse(field, "more than 256 names");
  for (const auto& name : names) {
    if (!is_label(name)) return refuse(field, "not a name", "Use 1 to 128 printable characters.");
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return {};
}

Result<void> check_rate(std::string_view field, const std::optional<std::int64_t>& rate) {
  if (rate && (*rate < 1 || *rate > 1'000'000'000'000)) return refuse(field, "a rate must be at least 1");
  return {};
}

}  // namespace

Result<Principal> make_principal(KeySpec spec, Timestamp now) {
  Principal principal;
  principal.key_id = Id::generate_at(now);
  for (const auto& [field, text] : {std::pair<std::string_view, std::string_view>{"use_case", spec.use_case},
                                    {"team", spec.team},
                                    {"user", spec.user},
                                    {"name", spec.name},
                                    {"environment", spec.environment}}) {
    auto good = check_label(field, text);
    if (!good) return pass(good);
  }
  for (auto* names : {&spec.groups, &spec.models}) {
    auto good = check_labels(names == &spec.groups ? "groups" : "models", *names);
    if (!good) return pass(good);
  }
  if (spec.passthrough) {
    auto good = check_labels("passthrough", *spec.passthrough);
    if (!good) return pass(good);
  }
  for (const auto& [field, rate] : {std::pair{std::string_view("rpm"), spec.rpm},
                                    {std::string_view("tpm"), spec.tpm},
                                    {std::string_view("concurrent"), spec.concurrent}}) {
    auto good = check_rate(field, rate);
    if (!good) return pass(good);
  }
  if (Id::parse(spec.name)) return refuse("name", "a name must not look like an id");
  if (spec.budget && *spec.budget < Money()) return refuse("budget", "a budget cannot be negative");
  if (spec.expires && *spec.expires <= now) return refuse("expires", "the key would be expired from the start");
  const auto id_text = principal.key_id.text();
  const auto base = spec.use_case.empty() ? std::string("key") : spec.use_case;
  principal.key_name = spec.name.empty() ? std::string(utf8_prefix(base, 100)) + "-" + id_text.substr(26) : std::move(spec.name);
  principal.use_case = std::move(spec.use_case);
  principal.team = std::move(spec.team);
  principal.user = std::move(spec.user);
  principal.groups = std::move(spec.groups);
  principal.environment = spec.environment.empty() ? "production" : std::move(spec.environment);
  principal.budget = spec.budget;
  principal.rpm = spec.rpm;
  principal.tpm = spec.tpm;
  principal.concurrent = spec.concurrent;
  principal.models = std::move(spec.models);
  principal.passthrough = std::move(spec.passthrough);
  principal.expires = spec.expires;
  return principal;
}

}  // namespace millwright::identity
