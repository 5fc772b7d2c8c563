#include "features/policy/guard_rules.hpp"

#include "base/text.hpp"
#include "features/policy/config.hpp"

namespace millwright::policy {
namespace {

struct Default {
  std::string_view types;
  Action input, output, document;
};
constexpr std::array<Default, 7> defaults{{
    {"*", Action::Redact, Action::Redact, Action::Allow},
    {"email", Action::Redact, Action::Allow, Action::Allow},
    {"phone", Action::Redact, Action::Allow, Action::Allow},
    {"secret.*", Action::Block, Action::Redact, Action::Block},
    {"hidden_text.*", Action::Redact, Action::Redact, Action::Block},
    {"injection.*", Action::Allow, Action::Allow, Action::Block},
    {"injection.weak", Action::Allow, Action::Allow, Action::Allow},
}};

config::Spec action_choice(std::string description) {
  return config::choice(std::move(description), {"allow", "redact", "block"});
}

std::optional<Action> action_of(const config::Node& node) {
  if (!node.is_set()) return std::nullopt;
  if (node.text() == "block") return Action::Block;
  return node.text() == "redact" ? Action::Redact : Action::Allow;
}

void apply(TypePolicy& policy, const GuardRule& rule) {
  auto set = [&policy](Direction direction, const std::optional<Action>& action) {
    if (action) policy.actions[static_cast<std::size_t>(direction)] = *action;
  };
  set(Direction::Input, rule.input);
  set(Direction::Output, rule.output);
  set(Direction::Document, rule.document);
  if (rule.raise_to) policy.raise_to = *rule.raise_to;
}

}  // namespace

config::Section guard_section() {
  using config::Kind;
  auto types = config::list_of("Types the line is about: a name, a family such as \"secret.*\", or \"*\".",
                               config::option(Kind::Text, "A type or family.").between(1, 64))
                   .required()
                   .between(1, 64);
  auto rule = config::object("What to do about some types of findings.",
                             {{"types", std::move(types)},
                              {"input", action_choice("In what goes to a model.").nullable()},
                              {"output", action_choice("In what a model answers.").nullable()},
                              {"document", action_choice("In documents taken in; block means quarantine.").nullable()},
                              {"raise_to", config::choice("The class of a text that holds one.",
                                                          {"public", "internal", "confidential", "restricted"})
                                               .nullable()}});
  return {"guard",
          config::object(
              "What is done about personal data, secrets and hidden instructions in text.",
              {{"score_min", config::option(Kind::Real, "Findings below this certainty (0 to 1) are ignored.")
                                 .fallback("0.5")
                                 .between(0, 1)},
               {"allow", config::list_of("Values that are public and never findings, as globs.",
                                         config::option(Kind::Text, "Such as \"*@example.org\".").between(3, 200))
                             .between(0, 1'000)},
               {"rules",
                config::list_of("Lines that override the defaults, the last one that matches wins.", std::move(rule))
                    .between(0, 200)}})};
}

Result<GuardSettings> parse_guard(const config::Node& guard) {
  GuardSettings settings;
  if (!guard.is_set()) return settings;
  if (guard["score_min"].is_set()) settings.score_min = guard["score_min"].real();
  settings.allow = guard["allow"].texts();
  for (const std::string& glob : settings.allow) {
    if (glob.find_first_not_of("*?./") == std::string::npos) {
      return std::unexpected(guard["allow"].error("\"" + glob + "\" would allow every value",
                                                  "name the value or the part of it that is public"));
    }
  }
  for (const config::Node& node : guard["rules"].items()) {
    GuardRule rule{.types = node["types"].texts(),
                   .input = action_of(node["input"]),
                   .output = action_of(node["output"]),
                   .document = action_of(node["document"]),
                   .raise_to = std::nullopt};
    if (node["raise_to"].is_set()) rule.raise_to = find_class(node["raise_to"].text());
    settings.rules.push_back(std::move(rule));
  }
  return settings;
}

bool covers(std::string_view pattern, std::string_view type) {
  if (pattern == "*" || pattern == type) return true;
  return pattern.ends_with(".*") && type.starts_with(pattern.substr(0, pattern.size() - 1));
}

TypePolicy policy_for(const FindingType& type, const std::vector<GuardRule>& rules) {
  TypePolicy policy{.type = type.name, .raise_to = type.raise_to};
  for (const Default& line : defaults) {
    if (covers(line.types, type.name)) policy.actions = {line.input, line.output, line.document};
  }
  for (const GuardRule& rule : rules) {
    for (const std::string& pattern : rule.types) {
      if (covers(pattern, type.name)) {
        apply(policy, rule);
        break;
      }
    }
  }
  return policy;
}

}  // namespace millwright::policy
