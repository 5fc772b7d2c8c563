#include "features/configuration/console_edit.hpp"

#include <algorithm>

#include "features/configuration/build.hpp"
#include "features/configuration/sources.hpp"

namespace millwright::configuration {
namespace {

std::unexpected<Error> owned_by_file(const Object& object) {
  auto error = fail(ErrorCode::Conflict, "{} belongs to the file {}, line {}", object.id, object.where.source,
                    object.where.line);
  error.error().rule = "configuration.owner";
  error.error().fix = "Change it there and reload, or let the console take it over: millwright config adopt.";
  return error;
}

const Object* find_object(const Loaded& loaded, std::string_view id) {
  const auto found = std::ranges::find(loaded.objects, id, [](const Object& object) { return std::string_view(object.id); });
  return found == loaded.objects.end() ? nullptr : &*found;
}

Result<void> add_item(Edit& edit, const std::string& kind, const config::Node& item, const Loaded& current) {
  const auto& name = item["name"].text();
  if (name.empty()) return std::unexpected(item.error("the object has no name", "Give it one: \"name: …\"."));
  const std::string id = kind + "/" + name;
  const auto* known = find_object(current, id);
  if (known != nullptr && known->owner == Owner::File) return owned_by_file(*known);
  if (!edit.objects.emplace(id, item.render_yaml()).second) {
    return std::unexpected(item.error(fmt::format("{} is there twice", id)));
  }
  return {};
}

}  // namespace

bool is_list_of_objects(const std::vector<config::Section>& sections, std::string_view kind) {
  const auto found =
      std::ranges::find(sections, kind, [](const auto& section) { return std::string_view(section.key); });
  if (found == sections.end() || found->spec.kind != config::Kind::List) return false;
  return std::ranges::any_of(found->spec.item.front().members,
                             [](const auto& member) { return member.name == "name"; });
}

Result<Edit> make_console_edit(std::string_view yaml, std::vector<std::string> removed, const Loaded& current,
                               const std::vector<config::Section>& sections) {
  Edit edit;
  auto tree = config::parse_yaml(yaml, "console");
  if (!tree) return std::unexpected(join_faults(tree.error()));
  for (const auto& [kind, section] : tree->members()) {
    if (!is_list_of_objects(sections, kind) || section.shape() != config::Node::Shape::List) {
      return std::unexpected(section.error(fmt::format("\"{}\" is no list of objects: the console can own only those", kind),
                                           "Settings of the process stand in the configuration file."));
    }
    for (const auto& item : section.items()) {
      auto added = add_item(edit, kind, item, current);
      if (!added) return pass(added);
    }
  }
  for (const auto& id : removed) {
    const auto* known = find_object(current, id);
    if (known == nullptr) return fail(ErrorCode::NotFound, "there is no object {}", id);
    if (known->owner == Owner::File) return owned_by_file(*known);
  }
  edit.removed_objects = std::move(removed);
  return edit;
}

Edit edit_between(const Parts& now, const Parts& wanted) {
  Edit edit;
  const auto differs = [](const auto& map, const auto& entry) {
    const auto found = map.find(entry.first);
    return found == map.end() || found->second != entry.second;
  };
  for (const auto& entry : wanted.files) {
    if (differs(now.files, entry)) edit.files.insert(entry);
  }
  for (const auto& [name, text] : now.files) {
    if (!wanted.files.contains(name)) edit.removed_files.push_back(name);
  }
  for (const auto& entry : wanted.objects) {
    if (differs(now.objects, entry)) edit.objects.insert(entry);
  }
  for (const auto& [id, yaml] : now.objects) {
    if (!wanted.objects.contains(id)) edit.removed_objects.push_back(id);
  }
  return edit;
}

Result<void> check_edit(const Edit& edit, const std::filesystem::path& file) {
  std::vector<std::string> names = edit.removed_files;
  for (const auto& [name, text] : edit.files) names.push_back(name);
  for (const auto& name : names) {
    auto key = source_key(file, name);
    if (!key) return pass(key);
    if (*key != name) return fail(ErrorCode::InvalidInput, "\"{}\" is not a file of the configuration", name);
  }
  for (const auto& [id, yaml] : edit.objects) {
    auto parts = parse_object_id(id);
    if (!parts) return pass(parts);
  }
  return {};
}

}  // namespace millwright::configuration
