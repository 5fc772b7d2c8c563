#include "features/gateway/limits_config.hpp"

#include <charconv>

#include "base/text.hpp"

namespace millwright::gateway {
namespace {

using config::Kind;
using config::Node;
using config::option;

constexpr std::int64_t amount_max = 1'000'000'000'000'000;

std::optional<std::int64_t> unit_of(std::string_view suffix) {
  if (suffix.empty()) return 1;
  if (suffix == "k") return 1'000;
  if (suffix == "M") return 1'000'000;
  if (suffix == "G") return 1'000'000'000;
  return std::nullopt;
}

/// "1.5M" in whole units; nothing for what is none, not positive or not whole.
std::optional<std::int64_t> parse_amount(std::string_view text) {
  const auto digits_end = text.find_first_not_of("0123456789.");
  const auto unit = unit_of(digits_end == std::string_view::npos ? std::string_view() : text.substr(digits_end));
  if (!unit) return std::nullopt;
  auto digits = text.substr(0, digits_end);
  std::int64_t scale = *unit;
  std::string joined(digits);
  if (const auto point = digits.find('.'); point != std::string_view::npos) {
    if (point == 0 || point + 1 == digits.size() || digits.find('.', point + 1) != std::string_view::npos)
      return std::nullopt;
    joined.erase(point, 1);
    for (auto places = digits.size() - point - 1; places > 0; --places) {
      if (scale % 10 != 0) return std::nullopt;
      scale /= 10;
    }
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(joined.data(), joined.data() + joined.size(), value);
  if (error != std::errc() || end != joined.data() + joined.size()) return std::nullopt;
  if (value < 1 || value > amount_max / scale) return std::nullopt;
  return value * scale;
}

std::unexpected<Error> no_rate(std::string_view text) {
  auto error = fail(ErrorCode::InvalidInput, "\"{}\" is no rate", text);
  error.error().fix =
      "Write an amount and a period, as in 60 per minute or 2M per month; second, minute, hour, day, month.";
  return error;
}

class Reading {
 public:
  Reading(const LimitNames& names, config::Faults& faults) : names_(names), faults_(faults) {}

  LimitConfig read(const Node& node) {
    LimitConfig limit;
    limit.name = node["name"].text();
    const auto scope = std::ranges::find(limit_scope_names, node["scope"].text());
    if (scope != limit_scope_names.end()) limit.scope = static_cast<LimitScope>(scope - limit_scope_names.begin());
    limit.match = node["match"].text();
    limit.requests = read_rate(node["requests"]);
    limit.tokens = read_rate(node["tokens"]);
    limit.concurrent = node["concurrent"].integer();
    limit.prompt_tokens_max = node["max_prompt_tokens"].integer();
    limit.prompt_bytes_max = static_cast<std::int64_t>(node["max_prompt"].size());
    limit.output_tokens_max = node["max_output_tokens"].integer();
    read_zone(node, limit);
    check_match(node["match"], limit);
    const bool limits_something = node["requests"].is_set() || node["tokens"].is_set() || limit.concurrent > 0 ||
                                  limit.prompt_tokens_max > 0 || limit.prompt_bytes_max > 0 ||
                                  limit.output_tokens_max > 0;
    if (!limits_something) {
      faults_.push_back(
          node.error(fmt::format("the limit \"{}\" limits nothing", limit.name),
                     "Give it requests, tokens, concurrent, max_prompt_tokens, max_prompt or max_output_tokens."));
    }
    return limit;
  }

 private:
  std::optional<LimitRate> read_rate(const Node& node) {
    if (!node.is_set()) return std::nullopt;
    auto rate = parse_limit_rate(node.text());
    if (rate) return *rate;
    faults_.push_back(node.error(rate.error().message, rate.error().fix));
    return std::nullopt;
  }

  void read_zone(const Node& node, LimitConfig& limit) {
    auto zone = TimeZone::find(node["time_zone"].is_set() ? node["time_zone"].text() : "UTC");
    if (!zone) {
      faults_.push_back(node["time_zone"].error(zone.error().message, zone.error().fix));
      return;
    }
    limit.zone = std::move(*zone);
    const bool has_quota = (limit.requests && limit.requests->is_quota()) || (limit.tokens && limit.tokens->is_quota());
    if (node["time_zone"].is_set() && !has_quota) {
      faults_.push_back(node["time_zone"].error(
          "a time zone says nothing here: only what counts per day or month has one", "Take it out."));
    }
  }

  void check_match(const Node& node, const LimitConfig& limit) {
    if (!node.is_set()) return;
    if (limit.scope == LimitScope::All) {
      faults_.push_back(node.error("a limit on all has no members to match", "Take it out, or choose another scope."));
      return;
    }
    const auto* known = names_of(limit.scope);
    if (known == nullptr ||
        std::ranges::any_of(*known, [&](const auto& name) { return matches_glob(limit.match, name); })) {
      return;
    }
    const std::vector<std::string_view> candidates(known->begin(), known->end());
    const auto near = nearest_name(limit.match, candidates);
    faults_.push_back(node.error(
        fmt::format("there is no {} that \"{}\" matches", limit_scope_name(limit.scope), limit.match),
        near ? fmt::format("Did you mean \"{}\"?", *near) : fmt::format("There are: {}.", fmt::join(*known, ", "))));
  }

  [[nodiscard]] const std::set<std::string>* names_of(LimitScope scope) const {
    switch (scope) {
      case LimitScope::Team: return &names_.teams;
      case LimitScope::UseCase: return &names_.use_cases;
      case LimitScope::Model: return &names_.models;
      default: return nullptr;
    }
  }

  const LimitNames& names_;
  config::Faults& faults_;
};

}  // namespace

Result<LimitRate> parse_limit_rate(std::string_view text) {
  std::vector<std::string_view> words;
  for (const auto word : split(text, ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  if (words.size() != 3 || words[1] != "per") return no_rate(text);
  const auto amount = parse_amount(words[0]);
  const auto period = std::ranges::find(limit_period_names, words[2]);
  if (!amount || period == limit_period_names.end()) return no_rate(text);
  return LimitRate{*amount, static_cast<LimitPeriod>(period - limit_period_names.begin())};
}

std::string render_limit_rate(const LimitRate& rate) {
  return fmt::format("{} per {}", rate.amount, limit_period_names.at(static_cast<std::size_t>(rate.per)));
}

config::Section limits_section() {
  const auto count = [](std::string description) {
    return option(Kind::Integer, std::move(description)).between(1, 1'000'000'000);
  };
  return {"limits",
          config::list_of(
              "How much each key, user, team, use case or model may take; all that bind a call must admit it.",
              config::object(
                  "One limit; it holds for each member of its scope apart.",
                  {{"name", option(Kind::Name, "The limit's name, as errors say it.").required()},
                   {"scope", config::choice("Whose use it counts; a model's is counted where the model serves.",
                                            {"key", "user", "team", "use_case", "model", "all"})
                                 .required()},
                   {"match", option(Kind::Text, "Only members of this name or glob, as \"batch-*\".").between(1, 256)},
                   {"requests", option(Kind::Text, "As in 60 per minute or 10k per day.")},
                   {"tokens", option(Kind::Text, "Input and output together, as in 100k per minute or 50M per month.")},
                   {"concurrent", count("Calls at the same time.")},
                   {"max_prompt_tokens", count("The longest prompt, in tokens by estimate.")},
                   {"max_prompt", option(Kind::Size, "The longest prompt, all texts together.").between(1, 1 << 30)},
                   {"max_output_tokens", count("The longest answer; what asks for more is capped.")},
                   {"time_zone", option(Kind::Text,
                                        "Where the days and months of its quotas begin, as Europe/Berlin; UTC when "
                                        "left out.")
                                     .between(1, 64)}}))};
}

std::vector<LimitConfig> parse_limits(const Node& limits, const LimitNames& names, config::Faults& faults) {
  Reading reading(names, faults);
  std::vector<LimitConfig> parsed;
  for (const auto& node : limits.items()) parsed.push_back(reading.read(node));
  return parsed;
}

}  // namespace millwright::gateway
