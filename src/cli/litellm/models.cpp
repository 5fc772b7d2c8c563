// model_list: each entry a model, the entries of one name a group.
#include "base/text.hpp"
#include "cli/litellm/amounts.hpp"
#include "cli/litellm/draft.hpp"
#include "cli/litellm/prices.hpp"
#include "cli/litellm/provider_account.hpp"

namespace millwright::cli::litellm {

namespace {

using config::Node;

bool is_wildcard(std::string_view name) { return name.find('*') != std::string_view::npos; }

/// What the star of `pattern` stands for in `name`; nothing when it does not match.
std::optional<std::string> star_of(std::string_view pattern, std::string_view name) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return name == pattern ? std::optional(std::string(name)) : std::nullopt;
  const auto before = pattern.substr(0, star), after = pattern.substr(star + 1);
  const bool is_match =
      name.size() >= before.size() + after.size() && name.starts_with(before) && name.ends_with(after);
  if (!is_match) return std::nullopt;
  return std::string(name.substr(before.size(), name.size() - before.size() - after.size()));
}

class ModelReader {
 public:
  explicit ModelReader(Draft& draft) : draft_(draft) {}

  void run() {
    const auto& list = draft_.source["model_list"];
    for (const auto& entry : list.items()) {
      const auto& name = entry["model_name"].text();
      if (is_wildcard(name) || is_wildcard(entry["litellm_params"]["model"].text())) {
        expand(entry);
      } else {
        read(entry, name.empty() ? entry["litellm_params"]["model"].text() : name,
             entry["litellm_params"]["model"].text());
      }
      finish(entry);
    }
  }

 private:
  /// A wildcard entry serves the names that were given on the command line.
  void expand(const Node& entry) {
    const auto& pattern = entry["model_name"].text();
    const auto& model = entry["litellm_params"]["model"].text();
    std::vector<std::string> served;
    for (const auto& name : draft_.options.models) {
      auto star = star_of(pattern, name);
      if (!star) continue;
      auto id = model;
      // "openai/*" behind "*" takes the whole name; a prefix that the name has already is not doubled.
      if (const auto at = id.find('*'); at != std::string::npos) {
        const auto prefix = id.substr(0, at);
        if (star->starts_with(prefix)) id.erase(0, at);
        id.replace(id.find('*'), 1, *star);
      }
      read(entry, name, id);
      served.push_back(name);
    }
    if (served.empty()) {
      draft_.account.leave(entry, "a wildcard: here every model that may be called has a name, a price and an owner",
                           "Import again with --model NAME for each model that clients ask for.");
    } else {
      draft_.account.change(entry["model_name"], "use_cases",
                            fmt::format("the wildcard became: {}", join(served, ", ")));
    }
  }

  void read(const Node& entry, const std::string& source_name, const std::string& model_text) {
    const auto& parameters = entry["litellm_params"];
    const auto& info = entry["model_info"];
    if (model_text.empty()) {
      draft_.account.leave(entry, "it names no model", "Add litellm_params.model, or take the entry out.");
      return;
    }
    const auto provider = provider_of(draft_, parameters, model_text);
    if (!provider) {
      draft_.account.leave(entry, "its provider has no counterpart");
      return;
    }
    auto& group = group_of(source_name, entry["model_name"]);
    Deployment deployment;
    deployment.model = name_model(group, info, *provider);
    const auto path = fmt::format("models[{}]", deployment.model);
    draft_.account.take(parameters["model"], path + ".id");
    json::object model{{"name", deployment.model}, {"provider", provider->provider}, {"id", provider->id}};
    read_sizes(parameters, info, group, model, path);
    read_prices(draft_, parameters, info, model, path);
    read_share(parameters, deployment, group);
    read_limits(parameters, deployment.model);
    read_times(parameters, group);
    read_base_model(info, model, path);
    draft_.models.emplace_back(std::move(model));
    group.deployments.push_back(std::move(deployment));
  }

  Group& group_of(const std::string& source_name, const Node& node) {
    for (auto& group : draft_.groups) {
      if (group.source_name == source_name) {
        draft_.account.take(node, fmt::format("use_cases[{}]", group.name));
        return group;
      }
    }
    Group group;
    group.source_name = source_name;
    group.name = draft_.unique_name("groups", source_name);
    const auto target = fmt::format("use_cases[{}]", group.name);
    if (group.name == source_name) {
      draft_.account.take(node, target);
    } else if (draft_.vocabulary.takes("use_cases[].aliases")) {
      group.aliases.push_back(source_name);
      draft_.account.change(node, target,
                            "names of use cases are in small letters without slashes; clients may go on sending the "
                            "old name, which is an alias");
    } else {
      draft_.account.change(node, target, "names of use cases are in small letters without slashes",
                            fmt::format("Clients must send \"{}\".", group.name));
    }
    draft_.groups.push_back(std::move(group));
    return draft_.groups.back();
  }

  std::string name_model(const Group& group, const Node& info, const ProviderOfModel& provider) {
    const auto& id = info["id"];
    if (id.is_set()) {
      auto name = draft_.unique_name("models", id.text());
      if (name == id.text()) {
        draft_.account.take(id, fmt::format("models[{}].name", name));
      } else {
        draft_.account.change(id, fmt::format("models[{}].name", name),
                              "made a name of small letters that nothing else has");
      }
      return name;
    }
    const bool is_first = group.deployments.empty();
    return draft_.unique_name("models", is_first ? group.name : fmt::format("{}-{}", group.name, provider.provider));
  }

  void read_sizes(const Node& parameters, const Node& info, Group& group, json::object& model,
                  const std::string& path) {
    const auto input = whole_number(info["max_input_tokens"]);
    const auto& output_node = info["max_output_tokens"];
    const auto output = whole_number(output_node);
    const auto any = whole_number(info["max_tokens"]);
    if (const auto context = input ? input : any; context && *context > 0) {
      model["context"] = *context;
      draft_.account.take(info[input ? "max_input_tokens" : "max_tokens"], path + ".context");
    }
    if (input && any) draft_.account.leave(info["max_tokens"], "max_input_tokens says it better");
    if (output && *output > 0) {
      model["max_output_tokens"] = *output;
      draft_.account.take(output_node, path + ".max_output_tokens");
    }
    for (const auto* name : {"max_tokens", "max_completion_tokens"}) {
      const auto limit = whole_number(parameters[name]);
      if (!limit || *limit <= 0) continue;
      group.output_tokens_max = std::max(group.output_tokens_max.value_or(0), *limit);
      draft_.account.change(parameters[name], fmt::format("use_cases[{}].max_output_tokens", group.name),
                            "a default that callers could exceed became a limit that they cannot");
    }
    if (info["mode"].is_set())
      draft_.account.take(info["mode"],
                          "what a call asks for decides; every model may serve every interface its provider has");
  }

  void read_share(const Node& parameters, Deployment& deployment, const Group& group) {
    const auto target = fmt::format("routes[{}].targets", group.name);
    if (const auto order = whole_number(parameters["order"])) {
      deployment.order = *order;
      draft_.account.take(parameters["order"], target);
    }
    // Like LiteLLM's simple-shuffle: by weight, else by the rates that the deployments have.
    for (const auto* name : {"weight", "rpm", "tpm"}) {
      const auto share = whole_number(parameters[name]);
      if (!share || *share <= 0) continue;
      deployment.weight = *share;
      draft_.account.take(parameters[name], target + "[].weight");
      break;
    }
  }

  void read_limits(const Node& parameters, const std::string& model) {
    const auto add = [&](const char* name, std::string_view option, std::string_view unit) {
      const auto& node = parameters[name];
      if (!node.is_set()) return;
      const auto number = whole_number(node);
      const bool is_added =
          number && *number > 0 && draft_.add_limit("model", model, option, fmt::format("{}{}", *number, unit));
      if (is_added) {
        draft_.account.take(node, fmt::format("limits[model {}].{}", model, option));
      } else if (draft_.account.is_decided(node)) {
        draft_.account.change(node, "",
                              "it decides the share of traffic only: models have no limits of their own here");
      } else {
        draft_.account.leave(node, "models have no limits of their own here", "Limit the keys that call it.");
      }
    };
    add("rpm", "requests", " per minute");
    add("tpm", "tokens", " per minute");
    add("max_parallel_requests", "concurrent", "");
  }

  void read_times(const Node& parameters, Group& group) {
    if (const auto& node = parameters["timeout"]; node.is_set()) {
      if (const auto time = seconds(node.text())) {
        group.timeout = std::max(group.timeout.value_or(0), *time);
        draft_.account.take(node, fmt::format("routes[{}].timeout", group.name));
      }
    }
    const auto& first = parameters["stream_timeout"];
    if (first.is_set() && draft_.vocabulary.takes("routes[].first_token_timeout")) {
      if (const auto time = seconds(first.text()); time && *time > 0) {
        group.first_token_timeout = std::max(group.first_token_timeout.value_or(0), *time);
        draft_.account.take(first, fmt::format("routes[{}].first_token_timeout", group.name));
      }
    }
    for (const auto* name : {"max_retries", "num_retries"}) {
      const auto number = whole_number(parameters[name]);
      if (!number || *number < 0) continue;
      group.retries = std::max(group.retries.value_or(0), *number);
      draft_.account.take(parameters[name], fmt::format("routes[{}].retries", group.name));
    }
  }

  void read_base_model(const Node& info, json::object& model, const std::string& path) {
    if (!info["base_model"].is_set()) return;
    for (const auto* name : {"base_model", "price_as", "priced_as"}) {
      if (!draft_.vocabulary.takes(fmt::format("models[].{}", name))) continue;
      auto base = info["base_model"].text();
      if (const auto slash = base.find('/'); slash != std::string::npos) base.erase(0, slash + 1);
      model[name] = base;
      draft_.account.take(info["base_model"], fmt::format("{}.{}", path, name));
      return;
    }
    if (model.contains("price"))
      draft_.account.leave(info["base_model"], "it is for looking up prices, and the model has a price of its own");
  }

  void finish(const Node& entry) {
    draft_.leave_rest(entry["litellm_params"], "litellm_params");
    draft_.leave_rest(entry["model_info"], "model_info");
  }

  Draft& draft_;
};

}  // namespace

void read_models(Draft& draft) { ModelReader(draft).run(); }

}  // namespace millwright::cli::litellm
