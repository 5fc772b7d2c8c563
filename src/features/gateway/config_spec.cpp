// What the gateway's sections of the configuration may hold.
#include "features/finops/config.hpp"
#include "features/gateway/config.hpp"

namespace millwright::gateway {
namespace {

using config::Kind;
using config::option;
using config::Spec;

Spec names(std::string description) { return config::list_of(std::move(description), option(Kind::Text, "One entry.")); }

Spec provider_spec() {
  return config::object(
      "One account at one model provider.",
      {{"name", option(Kind::Name, "The provider's name here.").required()},
       {"kind", option(Kind::Text, "Its wire format.").required()},
       {"base_url",
        option(Kind::Text,
               "Where its API begins, as in https://api.example.com/v1; kinds that stand for one service know it.")},
       {"api_key", option(Kind::Secret, "Its key, as a reference.")},
       {"options", config::map_of("What else this kind takes, by name.", option(Kind::Text, "Value."))},
       {"secrets", config::map_of("Credentials of kinds that take more than a key, as references.",
                                  option(Kind::Secret, "Value."))},
       {"region", option(Kind::Text, "Where it processes data.").fallback("")},
       {"location",
        config::choice("Whether it runs on your own premises.", {"outside", "on_prem"}).fallback("outside")},
       {"headers", config::map_of("Headers sent with every call; no secrets.", option(Kind::Text, "Value."))},
       {"breaker", config::object("When a model of this provider is left alone.",
                                  {{"failures", option(Kind::Integer, "Failures in a row that open it; 0: never.").between(0, 1'000).fallback("10")},
                                   {"pause", option(Kind::Duration, "How long the first pause is; it doubles with each failed trial.").between(1, 600'000).fallback("1s")},
                                   {"pause_max", option(Kind::Duration, "The longest pause.").between(1, 3'600'000).fallback("1m")}})},
       {"price_list", option(Kind::Text, "Whose list prices hold for its models, as \"openai\", or \"none\"; by its host when left out.")},
       {"proxy", config::object("The HTTP proxy it is reached through; HTTPS_PROXY, HTTP_PROXY and NO_PROXY of the environment when left out.",
                                {{"url", option(Kind::Text, "Its address, as http://proxy.example.com:3128, or none for a direct connection.").required()},
                                 {"username", option(Kind::Text, "Who signs in at the proxy.").fallback("")},
                                 {"password", option(Kind::Secret, "With which password, as a reference.")}})},
       {"tls", config::object("Certificates for its address; PEM files.",
                              {{"ca", option(Kind::Text, "File of the authorities trusted instead of the system's.").fallback("")},
                               {"certificate", option(Kind::Text, "File of the certificate shown to it, with its chain.").fallback("")},
                               {"key", option(Kind::Secret, "The private key of that certificate, as a reference.")}})},
       {"passthrough", provider_passthrough_spec()},
       {"commitments", commitments_spec()}});
}

Spec model_spec() {
  return config::object(
      "One model of one provider, under a name of your own.",
      {{"name", option(Kind::Name, "The model's name here.").required()},
       {"provider", option(Kind::Name, "Which provider serves it, or \"builtin\".").required()},
       {"id", option(Kind::Text, "What the provider calls it; the name when left out.")},
       {"priced_as", option(Kind::Text, "What price lists call it, where the id is a name of your own, as a deployment's.")},
       {"context", option(Kind::Integer, "Tokens it can take in and give out together.").between(1, 100'000'000).fallback("128000")},
       {"max_output_tokens", option(Kind::Integer, "Tokens reserved for an answer when the caller sets no limit.").between(1, 10'000'000).fallback("4096")},
       {"capabilities", capabilities_spec("All it can do; what is not listed it cannot. When left out it counts as able to do everything.")},
       {"output_limit_field", config::choice("The field this model takes the limit on its answer in.", {"max_tokens", "max_completion_tokens"}).fallback("max_tokens")},
       {"tokeniser", config::choice("How its tokens are counted: an encoding of OpenAI, or an estimate; by its id when left out.", tokens::tokeniser_names())},
       {"price", finops::price_spec()},
       {"price_history", config::list_of("Prices of other times; `price` goes first where both hold.", finops::price_spec())}});
}

Spec use_case_spec() {
  return config::object(
      "A use case: what it is for, who owns it, what it may touch, what it may cost.",
      {{"name", option(Kind::Name, "What applications put into `model`.").required()},
       {"owner", option(Kind::Text, "The team that answers for it.").required()},
       {"description", option(Kind::Text, "What it does, in a sentence.").fallback("")},
       {"aliases", config::list_of("Other names that applications may put into `model`, as gpt-4o.", option(Kind::Text, "One name.").between(1, 256)).between(0, 64)},
       {"users", names("Who uses it.")},
       {"success_metrics", names("How its success is measured.")},
       {"data_sources", names("Where its knowledge comes from.")},
       {"compliance", names("Constraints it must keep.")},
       {"fallback", config::object("What happens when nothing can answer.",
                                   {{"message", option(Kind::Text, "Said instead of an error.").fallback("")}})},
       {"risk_tier", config::choice("T0 experiment, T1 internal help, T2 business process, T3 decisions about people.",
                                    {"T0", "T1", "T2", "T3"})
                         .required()},
       {"data_class",
        config::choice("The class of what it handles, at least.", {"public", "internal", "confidential", "restricted"})
            .required()},
       {"priority", config::choice("Who goes first when there is not room for all: background makes way first.",
                                   {"critical", "standard", "background"})
                        .fallback("standard")},
       {"route", option(Kind::Name, "The route its requests take.").required()},
       {"prompt", option(Kind::Name, "The prompt put before the conversation.")},
       {"task_classifier", option(Kind::Name, "What says which task a request is when the caller does not.")},
       {"index", option(Kind::Name, "The index it retrieves from.")},
       {"passages", option(Kind::Integer, "How many passages are put before the model.").fallback("6").between(1, 50)},
       {"environment", option(Kind::Name, "The environment its calls are counted under, unless the key says otherwise.")
                           .fallback("production")},
       {"max_output_tokens", option(Kind::Integer, "The longest answer, in tokens.").between(1, 10'000'000)},
       {"max_prompt", option(Kind::Size, "The longest prompt, all messages together.").between(1, 1 << 30)},
       {"max_prompt_tokens", option(Kind::Integer, "The longest prompt, in tokens of the route's first model.").between(1, 100'000'000)},
       {"compression", compression_spec()},
       {"prompt_cache", prompt_cache_spec()},
       {"cache", config::object("Answers that are given again.",
                                {{"enabled", option(Kind::Boolean, "Whether equal requests share an answer.").fallback("true")},
                                 {"semantic", semantic_cache_spec()},
                                 {"ttl", option(Kind::Duration, "How long an answer is kept.").fallback("5m").between(0, 86'400'000)}})},
       {"paused", option(Kind::Boolean, "Refuse every request: the kill switch.").fallback("false")},
       {"release", config::choice("Whether it serves before a signed release is live.", {"optional", "required"})
                       .fallback("optional")},
       {"budget", finops::budget_spec()},
       {"outcome", config::object("The business outcome it is for, and what one is worth.",
                                  {{"name", option(Kind::Name, "The outcome's name.").required()},
                                   {"value", option(Kind::Money, "What one is worth.").required()}})},
       {"passthrough", names("Providers that its keys may speak to in their own words, at /passthrough/PROVIDER/….")},
       {"gates", Spec{}}});
}

}  // namespace

std::vector<config::Section> gateway_sections(const Spec& gates) {
  auto use_case = use_case_spec();
  use_case.members.back().spec = gates;
  std::vector<config::Section> sections{
      {"providers", config::list_of("Accounts at model providers.", provider_spec())},
      {"models", config::list_of("Models, by names of your own.", model_spec())},
      {"routes", config::list_of("Routes from requests to models.", route_spec())},
      {"use_cases", config::list_of("The use cases this factory serves.", use_case)},
      limits_section(),
      {"task_classifiers",
       config::list_of("Models that recognise the task of a request, made by `millwright tune train`.",
                       config::object("One model.",
                                      {{"name", option(Kind::Name, "Its name.").required()},
                                       {"file", option(Kind::Text, "Its file, absolute or beside the configuration.").required()},
                                       {"threshold", option(Kind::Real, "The confidence from which its word counts.").fallback("0.6").between(0, 1)}}))
           .between(0, 64)},
      {"responses",
       config::object("Responses that callers ask to be kept (POST /v1/responses), encrypted by the vault.",
                      {{"retention", option(Kind::Duration, "How long they are kept.")
                                         .fallback("30d")
                                         .between(60'000, 3'650LL * 86'400'000)}})}};
  for (auto& section : raw_sections()) sections.push_back(std::move(section));
  return sections;
}

}  // namespace millwright::gateway
