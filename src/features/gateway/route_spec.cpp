// What an entry of `routes` may hold.
#include "features/gateway/route_config.hpp"

namespace millwright::gateway {
namespace {

using config::Kind;
using config::option;
using config::Spec;

Spec texts(std::string description) {
  return config::list_of(std::move(description), option(Kind::Text, "One entry.")).between(1, 256);
}

Spec targets_spec() {
  return config::list_of(
      "Models that share the traffic.",
      config::object(
          "One model and its share.",
          {{"model", option(Kind::Name, "The model.").required()},
           {"weight",
            option(Kind::Integer, "Its share, relative to the others.").between(0, 1'000'000).fallback("1")}}));
}

Spec fallback_spec() {
  return config::list_of("Models tried in order when the first fails before its first byte.",
                         config::object("One model.", {{"model", option(Kind::Name, "The model.").required()}}));
}

Spec strategy_spec() {
  return config::choice(
      "How the first choice is made: by weight, in the order of the list, the least busy, the fastest lately, the "
      "cheapest.",
      {"weighted", "priority", "least_busy", "latency", "cost"});
}

Spec when_spec() {
  return config::object(
      "What must hold: all that is stated; of a list, one entry.",
      {{"use_case", texts("Names of use cases.")},
       {"task", texts("Task types, as the caller says them in x-millwright-task or as they are recognised.")},
       {"risk_tier",
        config::list_of("Risk tiers of the use case.", config::choice("One tier.", {"T0", "T1", "T2", "T3"}))
            .between(1, 4)},
       {"data_class",
        config::list_of("Classes of the request's data, as declared and found.",
                        config::choice("One class.", {"public", "internal", "confidential", "restricted"}))
            .between(1, 4)},
       {"user_tier",
        texts("Groups of the caller; or the key's team as \"team/NAME\", or the key itself as \"key/NAME\".")},
       {"segment",
        config::map_of("Values of x-millwright-segment (\"region=eu;plan=gold\") by name; * stands for any text.",
                       option(Kind::Text, "Value or pattern."))},
       {"header", config::map_of("Values of request headers by name; * stands for any text.",
                                 option(Kind::Text, "Value or pattern."))},
       {"prompt_tokens",
        config::object("The length of the prompt, estimated.",
                       {{"min", option(Kind::Integer, "Tokens, at least.").between(0, 1'000'000'000)},
                        {"max", option(Kind::Integer, "Tokens, at most.").between(0, 1'000'000'000)}})},
       {"language", config::list_of("Languages of the last message, as in \"de\".",
                                    option(Kind::Text, "ISO 639-1 code.").between(2, 3))
                        .between(1, 64)},
       {"needs", capabilities_spec("What the request asks for: all of these.")}});
}

Spec rule_spec() {
  return config::object("A condition and where the call goes when it holds.",
                        {{"name", option(Kind::Name, "Its name in decisions; its number when left out.")},
                         {"when", when_spec().required()},
                         {"route", option(Kind::Name, "Another route, which takes over; or:")},
                         {"targets", targets_spec().between(1, 64)},
                         {"fallback", fallback_spec()},
                         {"strategy", strategy_spec()}});
}

Spec spend_spec(std::string description, std::string window) {
  return config::object(
      std::move(description),
      {{"limit", option(Kind::Money, "The amount.").required()},
       {"per", config::choice("The window.", {"minute", "hour", "day"}).fallback(std::move(window))}});
}

Spec overflow_spec() {
  return config::object(
      "Another model while the route's own are full, or have spent enough.",
      {{"to", option(Kind::Name, "The model.").required()},
       {"concurrent", option(Kind::Integer, "Calls of this route in flight at its own models.").between(1, 1'000'000)},
       {"spend", spend_spec("What its own models may cost in a window of time.", "hour")}});
}

Spec hedge_spec() {
  return config::object(
      "A second attempt on the next model while the first has said nothing; the first to answer wins.",
      {{"after", option(Kind::Text, "How long the first may be silent: a time as 800ms, or p95 of what it took lately.")
                     .required()},
       {"max_cost", option(Kind::Money, "What the second attempt may cost at worst.")},
       {"max_share", option(Kind::Text, "The share of requests that may have one, as in 5%.").fallback("5%")}});
}

}  // namespace

Spec capabilities_spec(std::string description) {
  return config::list_of(std::move(description), config::choice("One capability.", capability_names()));
}

Spec route_spec() {
  return config::object(
      "Which model serves a request, and what it falls back to.",
      {{"name", option(Kind::Name, "The route's name.").required()},
       {"targets", targets_spec().required().between(1, 64)},
       {"fallback", fallback_spec()},
       {"strategy", strategy_spec().fallback("weighted")},
       {"rules",
        config::list_of("Tried in order; the first that holds decides. None: the targets of the route.", rule_spec())
            .between(0, 256)},
       {"timeout", option(Kind::Duration, "How long one attempt may take, up to the answer or a stream's first piece.")
                       .fallback("60s")
                       .between(1, 3'600'000)},
       {"first_token_timeout",
        option(Kind::Duration, "How long a stream may take up to its first content.").between(1, 3'600'000)},
       {"idle_timeout",
        option(Kind::Duration, "How long a stream may be silent.").fallback("30s").between(1, 3'600'000)},
       {"retries", option(Kind::Integer, "Further attempts on the same model when a failure may pass.")
                       .fallback("2")
                       .between(0, 10)},
       {"retry_budget",
        config::object(
            "How many retries the whole route may have.",
            {{"share", option(Kind::Text, "The share of requests that may be retries, as in 20%.").fallback("20%")},
             {"burst", option(Kind::Integer, "Retries that may come before the share counts.")
                           .fallback("50")
                           .between(0, 100'000)}})},
       {"fallback_on",
        config::list_of(
            "Failures that send a call on to the next model; what another model may well not have, when left out.",
            config::choice("A class of failures.", fallback_class_names()))
            .between(1, 16)},
       {"affinity",
        config::object(
            "Keeps a caller on one model, so that its provider's prompt cache stays warm.",
            {{"by", config::choice("Whom to keep together.", {"session", "user", "key"}).required()},
             {"ttl", option(Kind::Duration, "After how long a caller may be placed anew; never, when left out.")
                         .between(1'000, 365LL * 86'400'000)}})},
       {"overflow", overflow_spec()},
       {"hedge", hedge_spec()},
       {"shadow",
        config::object("A copy of some requests for another model, after the answer; the caller never waits for it.",
                       {{"model", option(Kind::Name, "The model.").required()},
                        {"share", option(Kind::Text, "The share of requests, as in 5%.").fallback("5%")},
                        {"spend", spend_spec("What the copies may cost in a window of time.", "day")}})}});
}

}  // namespace millwright::gateway
