#include "features/configuration/build.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "features/configuration/config.hpp"
#include "features/configuration/references.hpp"

namespace millwright::configuration {
namespace {

using config::Faults;
using config::Node;

constexpr std::string_view console_prefix = "console:";

bool is_console(const Where& where) { return where.source.starts_with(console_prefix); }

/// The same object in a file and in the console: said before anything else, since every other message about it would
/// only confuse.
Faults find_shared_objects(const Node& tree) {
  Faults faults;
  for (const auto& [kind, section] : tree.members()) {
    std::map<std::string, const Node*, std::less<>> of_files;
    for (const auto& item : section.items()) {
      if (!is_console(item.where())) of_files.emplace(item["name"].text(), &item);
    }
    for (const auto& item : section.items()) {
      const auto& name = item["name"].text();
      const auto known = of_files.find(name);
      if (!is_console(item.where()) || known == of_files.end()) continue;
      const auto& where = known->second->where();
      faults.push_back(known->second->error(
          fmt::format("{}/{} is in {}:{} and also belongs to the console", kind, name, where.source, where.line),
          "An object has one owner: take it out of the file, or remove it in the console first."));
    }
  }
  return faults;
}

/// Each settings section is an object, and so is each item of a list of named things.
std::vector<Object> list_objects(const Node& tree) {
  std::vector<Object> objects;
  for (const auto& [kind, section] : tree.members()) {
    const bool is_list = section.shape() == Node::Shape::List;
    const bool is_of_names = std::ranges::all_of(section.items(), [](const Node& item) { return item["name"].is_set(); });
    if (!is_list || !is_of_names) {
      objects.push_back({kind, kind, "", Owner::File, section.where(), section.render_yaml()});
      continue;
    }
    for (const auto& item : section.items()) {
      const auto& name = item["name"].text();
      const auto owner = is_console(item.where()) ? Owner::Console : Owner::File;
      objects.push_back({kind + "/" + name, kind, name, owner, item.where(), item.render_yaml()});
    }
  }
  std::ranges::sort(objects, {}, &Object::id);
  return objects;
}

Digest digest_of(const std::vector<Object>& objects) {
  Sha256 sum;
  for (const auto& object : objects) {
    sum.update(fmt::format("{}\n{}\n{}\n", object.id, owner_name(object.owner), object.yaml.size()));
    sum.update(object.yaml);
  }
  return sum.finish();
}

void append(Faults& all, Faults more) {
  for (auto& fault : more) all.push_back(std::move(fault));
}

std::expected<std::vector<Node>, Faults> parse_all(const Texts& files, const std::map<std::string, std::string>& console) {
  std::vector<Node> trees;
  Faults faults;
  const auto add = [&](std::expected<Node, Faults> tree) {
    if (tree) {
      trees.push_back(std::move(*tree));
    } else {
      append(faults, std::move(tree.error()));
    }
  };
  for (const auto& [name, text] : files) add(config::parse_yaml(text, name));
  for (const auto& [id, yaml] : console) add(parse_console_object(id, yaml));
  if (!faults.empty()) return std::unexpected(std::move(faults));
  return trees;
}

}  // namespace

Result<ObjectId> parse_object_id(std::string_view id) {
  const auto slash = id.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == id.size()) {
    auto error = fail(ErrorCode::InvalidInput, "\"{}\" is not the id of an object", id.substr(0, 128));
    error.error().fix = "Write kind/name, as in use_cases/helpdesk.";
    return error;
  }
  return ObjectId{std::string(id.substr(0, slash)), std::string(id.substr(slash + 1))};
}

std::expected<Node, Faults> parse_console_object(const std::string& id, const std::string& yaml) {
  auto parts = parse_object_id(id);
  if (!parts) return std::unexpected(Faults{std::move(parts.error())});
  std::string text = parts->kind + ":\n";
  bool is_first = true;
  for (const auto line : split(yaml.ends_with('\n') ? std::string_view(yaml).substr(0, yaml.size() - 1) : std::string_view(yaml), '\n')) {
    text += is_first ? "  - " : line.empty() ? "" : "    ";
    text.append(line) += '\n';
    is_first = false;
  }
  auto tree = config::parse_yaml(text, std::string(console_prefix) + id);
  if (!tree) return tree;
  const auto items = (*tree)[parts->kind].items();
  if (items.size() != 1 || items.front()["name"].text() != parts->name) {
    return std::unexpected(Faults{tree->error(fmt::format("the object {} has another name in its YAML", id))});
  }
  return tree;
}

std::expected<Loaded, Faults> build(Texts files, const std::map<std::string, std::string>& console,
                                    const Vocabulary& vocabulary, const Clock& clock) {
  auto trees = parse_all(files, console);
  if (!trees) return std::unexpected(std::move(trees.error()));
  auto merged = config::merge(std::move(*trees));
  if (!merged) return std::unexpected(std::move(merged.error()));
  if (auto shared = find_shared_objects(*merged); !shared.empty()) return std::unexpected(std::move(shared));
  auto tree = config::validate(std::move(*merged), vocabulary.sections);
  if (!tree) return std::unexpected(std::move(tree.error()));

  Faults faults = check_references(*tree, vocabulary.references);
  const bool has_settings = std::ranges::any_of(vocabulary.sections, [](const auto& section) { return section.key == "server"; });
  if (has_settings) {
    auto settings = parse_settings(*tree);
    if (!settings) faults.push_back(std::move(settings.error()));
  }
  for (const auto& check : vocabulary.checks) check(*tree, faults);
  if (!faults.empty()) return std::unexpected(std::move(faults));

  Loaded loaded;
  loaded.objects = list_objects(*tree);
  loaded.digest = digest_of(loaded.objects);
  loaded.tree = std::move(*tree);
  loaded.files = std::move(files);
  loaded.loaded_at = clock.now();
  return loaded;
}

std::expected<Loaded, Faults> load_texts(Texts files, const Vocabulary& vocabulary) {
  return build(std::move(files), {}, vocabulary, system_clock());
}

std::expected<Loaded, Faults> load_files(const std::filesystem::path& file, const Vocabulary& vocabulary) {
  auto texts = read_sources(file);
  if (!texts) return std::unexpected(std::move(texts.error()));
  return load_texts(std::move(*texts), vocabulary);
}

std::string_view owner_name(Owner owner) { return owner == Owner::File ? "file" : "console"; }

Error join_faults(const Faults& faults) {
  Error error;
  error.code = ErrorCode::InvalidConfig;
  if (faults.empty()) {
    error.message = "the configuration is not valid";
    return error;
  }
  if (faults.size() == 1) return faults.front();
  error.message = fmt::format("the configuration has {} faults:", faults.size());
  for (const auto& fault : faults) error.message += "\n" + describe(fault);
  return error;
}

}  // namespace millwright::configuration
