#include "cli/litellm/provider_account.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "cli/litellm/amounts.hpp"
#include "cli/litellm/services.hpp"

namespace millwright::cli::litellm {

namespace {

using config::Node;

constexpr std::array bedrock_routes{"converse", "converse_like", "invoke"};

/// A setting of the entry, or of the credential that it names (credential_list); absent when neither has it.
const Node& setting(const Draft& draft, const Node& parameters, std::string_view name) {
  const auto& own = parameters[name];
  const auto& credential = parameters["litellm_credential_name"];
  if (own.is_set() || !credential.is_set()) return own;
  for (const auto& known : draft.source["credential_list"].items()) {
    if (known["credential_name"].text() == credential.text()) return known["credential_values"][name];
  }
  return own;
}

/// The service that an entry means, and the model's id there.
struct Meant {
  const Service* service = nullptr;
  std::string prefix, id;
};

Meant meant_by(const Draft& draft, const Node& parameters, const std::string& model) {
  Meant meant;
  const auto slash = model.find('/');
  const auto& provider = parameters["custom_llm_provider"];
  if (slash != std::string::npos) meant.service = find_service(std::string_view(model).substr(0, slash));
  if (meant.service != nullptr) {
    meant.prefix = meant.service->prefix;
    meant.id = model.substr(slash + 1);
  } else if (provider.is_set()) {
    meant.prefix = provider.text();
    meant.service = find_service(meant.prefix);
    meant.id = model;
  } else if ((meant.service = guess_service(model)) != nullptr) {
    meant.prefix = meant.service->prefix;
    meant.id = model;
  } else if (setting(draft, parameters, "api_base").is_set()) {
    meant.service = find_service("openai_like");
    meant.prefix = "openai_like";
    meant.id = model;
  } else {
    meant.prefix = model.substr(0, slash);
  }
  return meant;
}

/// "converse/us-east-1/anthropic.claude-…" → "anthropic.claude-…"
std::string bedrock_id(std::string id) {
  for (const auto* route : bedrock_routes) {
    if (id.starts_with(std::string(route) + "/")) id.erase(0, std::string_view(route).size() + 1);
  }
  const auto slash = id.find('/');
  if (slash != std::string::npos && std::ranges::count(id.substr(0, slash), '-') >= 2) id.erase(0, slash + 1);
  return id;
}

const std::string* kind_of(const Draft& draft, const Service& service) {
  for (const auto kind : service.kinds) {
    const auto known = draft.vocabulary.kinds.find(kind);
    if (known != draft.vocabulary.kinds.end()) return &known->first;
  }
  return nullptr;
}

void add_key(Draft& draft, const Node& parameters, const Meant& meant, json::object& provider) {
  const Node* key = &setting(draft, parameters, "api_key");
  if (!key->is_set()) key = &setting(draft, parameters, "aws_bedrock_api_key");
  const auto suggested = meant.service->key_variable.empty() ? fmt::format("{}_API_KEY", meant.prefix)
                                                             : std::string(meant.service->key_variable);
  const auto is_placeholder = [](std::string_view text) {
    return text.empty() || equal_ignoring_case(text, "none") || equal_ignoring_case(text, "fake-key") ||
           equal_ignoring_case(text, "not-needed");
  };
  if (key->is_set() && is_placeholder(key->text())) {
    draft.account.take(*key, "no key");
  } else if (key->is_set()) {
    provider["api_key"] = draft.secret(*key, "providers[].api_key", suggested);
  } else if (!meant.service->key_variable.empty() && !setting(draft, parameters, "azure_ad_token").is_set()) {
    provider["api_key"] = json::object{{"env", meant.service->key_variable}};
    draft.variables.push_back({std::string(meant.service->key_variable), parameters.where(), false});
    draft.assume(fmt::format("providers[{}].api_key", meant.prefix),
                 fmt::format("the source names no key, and LiteLLM then reads {}", meant.service->key_variable));
  }
}

void add_options(Draft& draft, const Node& parameters, const gateway::ProviderKindFacts& facts, const std::string& kind,
                 json::object& provider) {
  json::object options, secrets;
  for (const auto& each : account_settings()) {
    const auto& node = setting(draft, parameters, each.source);
    if (!node.is_set()) continue;
    const auto& known = each.is_secret ? facts.secrets : facts.options;
    const auto name =
        std::ranges::find_if(each.names, [&known](auto one) { return std::ranges::find(known, one) != known.end(); });
    if (name == each.names.end()) {
      if (each.source == "aws_region_name") continue;
      draft.account.leave(
          node, fmt::format("a provider of kind {} takes no such {}", kind, each.is_secret ? "secret" : "option"),
          "See the kinds of provider in docs/configuration.md for what it takes.");
    } else if (each.is_secret) {
      secrets[*name] = draft.secret(node, fmt::format("providers[].secrets.{}", *name), each.source, true);
    } else if (auto text = draft.plain_text(node, fmt::format("providers[].options.{}", *name)); !text.empty()) {
      options[*name] = std::move(text);
    }
  }
  if (!options.empty()) provider["options"] = std::move(options);
  if (!secrets.empty()) provider["secrets"] = std::move(secrets);
}

bool is_secret_header(std::string_view name) {
  const auto lower = to_lower_ascii(name);
  return lower.find("auth") != std::string::npos || lower.find("key") != std::string::npos ||
         lower.find("token") != std::string::npos || lower.find("secret") != std::string::npos || lower == "cookie";
}

void add_headers(Draft& draft, const Node& parameters, json::object& provider) {
  json::object headers;
  for (const auto* source : {"extra_headers", "headers"}) {
    for (const auto& [name, node] : parameters[source].members()) {
      if (is_secret_header(name) || node.text().starts_with("os.environ/")) {
        draft.account.leave(node, "headers hold no secrets here",
                            "Where the service takes it as its key, set api_key of the provider.");
      } else if (node.shape() == Node::Shape::Scalar) {
        headers[name] = node.text();
        draft.account.take(node, fmt::format("providers[].headers.{}", name));
      }
    }
  }
  if (const auto& organization = setting(draft, parameters, "organization"); organization.is_set()) {
    if (auto text = draft.plain_text(organization, "providers[].headers.OpenAI-Organization"); !text.empty()) {
      headers["OpenAI-Organization"] = std::move(text);
    }
  }
  if (!headers.empty()) provider["headers"] = std::move(headers);
}

/// Where the path of an address begins; its end when it has none.
std::size_t path_of(const std::string& url) {
  const auto host = url.find("://");
  const auto slash = url.find('/', host == std::string::npos ? 0 : host + 3);
  return slash == std::string::npos ? url.size() : slash;
}

/// Takes name and password out of an address. False when there are none.
bool take_credentials(std::string& url) {
  const auto host = url.find("://");
  const auto begin = host == std::string::npos ? 0 : host + 3;
  const auto at = url.substr(0, path_of(url)).rfind('@');
  if (at == std::string::npos || at < begin) return false;
  url.erase(begin, at + 1 - begin);
  return true;
}

/// False when the kind needs an address and nobody says which.
bool add_address(Draft& draft, const Node& parameters, const Meant& meant, const std::string& kind,
                 json::object& provider) {
  const auto& usual = draft.vocabulary.kinds.find(kind)->second.base_url;
  const Node* node = &setting(draft, parameters, "api_base");
  if (!node->is_set()) node = &setting(draft, parameters, "base_url");
  std::string url = node->is_set() ? draft.plain_text(*node, "providers[].base_url") : std::string();
  while (url.ends_with('/')) url.pop_back();
  if (take_credentials(url)) {
    draft.account.change(*node, "providers[].base_url", "a name and password in the address are left out",
                         "Give the provider an api_key.");
  }
  // LiteLLM adds the path of the service's API to an address without one.
  const bool is_bare = !url.empty() && path_of(url) == url.size();
  if (const auto path = usual.substr(path_of(usual)); is_bare && kind != "openai" && !path.empty()) {
    url += path;
    draft.account.change(*node, "providers[].base_url", fmt::format("with the path {}", path));
  }
  if (url.empty() && (kind == "openai" || usual.empty())) url = meant.service->base_url;
  if (!url.empty()) provider["base_url"] = url;
  return !url.empty() || !usual.empty();
}

std::string name_provider(Draft& draft, const Meant& meant, json::object provider) {
  for (const auto& known : draft.providers) {
    auto same = known.get_object();
    same.erase("name");
    if (same == provider) return std::string(string_member(known.get_object(), "name"));
  }
  json::object named{{"name", draft.unique_name("providers", meant.prefix)}};
  for (auto& member : provider) named[member.key()] = std::move(member.value());
  draft.providers.emplace_back(std::move(named));
  return std::string(string_member(draft.providers.back().get_object(), "name"));
}

void add_region(Draft& draft, const Node& parameters, json::object& provider) {
  for (const auto* name : {"region_name", "aws_region_name", "vertex_location"}) {
    const auto& node = setting(draft, parameters, name);
    if (!node.is_set() || node.text() == "global" || provider.contains("region")) continue;
    if (node.text().starts_with("os.environ/") && draft.account.is_decided(node)) continue;
    if (auto text = draft.plain_text(node, "providers[].region"); !text.empty()) provider["region"] = std::move(text);
  }
}

}  // namespace

std::optional<ProviderOfModel> provider_of(Draft& draft, const Node& parameters, const std::string& model_text) {
  const auto meant = meant_by(draft, parameters, model_text);
  const auto* kind = meant.service == nullptr ? nullptr : kind_of(draft, *meant.service);
  if (kind == nullptr) {
    draft.account.leave(parameters, fmt::format("there is no kind of provider for \"{}\" here", meant.prefix),
                        "If the service is compatible with OpenAI, add a provider of kind openai with its base_url.");
    return std::nullopt;
  }
  json::object provider{{"kind", *kind}};
  if (!add_address(draft, parameters, meant, *kind, provider)) {
    draft.account.leave(parameters, fmt::format("nobody says where the API of \"{}\" is", meant.prefix),
                        "Add api_base to the source, or a provider by hand.");
    return std::nullopt;
  }
  add_key(draft, parameters, meant, provider);
  add_options(draft, parameters, draft.vocabulary.kinds.find(*kind)->second, *kind, provider);
  add_headers(draft, parameters, provider);
  add_region(draft, parameters, provider);
  ProviderOfModel found{name_provider(draft, meant, std::move(provider)), meant.id};
  if (*kind == "bedrock") found.id = bedrock_id(std::move(found.id));
  constexpr std::string_view bridge = "responses/";
  if (found.id.starts_with(bridge)) {
    found.id.erase(0, bridge.size());
    draft.account.change(
        parameters["model"], "",
        "the bridge to the Responses API is left out: the provider's kind decides which interface is called");
  }
  draft.account.take(parameters["custom_llm_provider"], "providers[].kind");
  if (const auto& credential = parameters["litellm_credential_name"]; credential.is_set()) {
    draft.account.take(credential, fmt::format("models[].provider: {}", found.provider));
    for (const auto& known : draft.source["credential_list"].items()) {
      if (known["credential_name"].text() == credential.text())
        draft.account.take(known["credential_name"], found.provider);
    }
  }
  return found;
}

}  // namespace millwright::cli::litellm
