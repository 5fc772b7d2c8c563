#include "features/configuration/ownership.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "features/configuration/build.hpp"
#include "features/configuration/console_edit.hpp"
#include "features/configuration/item_text.hpp"

namespace millwright::configuration {
namespace {

std::unexpected<Error> refuse(std::string message, std::string fix) {
  auto error = fail(ErrorCode::Conflict, "{}", message);
  error.error().rule = "configuration.owner";
  error.error().fix = std::move(fix);
  return error;
}

Result<const Object*> load_object(const Loaded& loaded, std::string_view id) {
  std::vector<std::string_view> ids;
  for (const auto& object : loaded.objects) {
    if (object.id == id) return &object;
    ids.push_back(object.id);
  }
  auto error = fail(ErrorCode::NotFound, "there is no object \"{}\"", id.substr(0, 128));
  const auto nearest = nearest_name(id, ids);
  error.error().fix = nearest ? fmt::format("Did you mean \"{}\"?", *nearest)
                              : "Write kind/name, as in use_cases/helpdesk; \"millwright config show\" lists them.";
  return error;
}

}  // namespace

Result<Edit> make_adoption(std::string_view id, const Loaded& current, const Texts& files,
                           const std::vector<config::Section>& sections) {
  const auto object = load_object(current, id);
  if (!object) return std::unexpected(object.error());
  const auto& [found_id, kind, name, owner, where, yaml] = **object;
  if (owner == Owner::Console) return refuse(fmt::format("{} belongs to the console already", id), "");
  if (!is_list_of_objects(sections, kind)) {
    return refuse(fmt::format("\"{}\" is no list of objects: the console can own only those", kind),
                  "Settings of the process stay in the configuration file.");
  }
  const auto text = files.find(where.source);
  if (text == files.end())
    return refuse(fmt::format("{} is gone", where.source), "Apply what changed in the files first.");
  auto taken = take_item(text->second, where.source, kind, name);
  if (!taken) return pass(taken);
  Edit edit;
  edit.files[where.source] = std::move(taken->rest);
  edit.objects[found_id] = std::move(taken->yaml);
  return edit;
}

Result<Edit> make_release(std::string_view id, const std::string& key, const Loaded& current, const Texts& files,
                          const std::map<std::string, std::string>& console) {
  const auto object = load_object(current, id);
  if (!object) return std::unexpected(object.error());
  if ((*object)->owner == Owner::File) {
    return refuse(
        fmt::format("{} belongs to the file {}, line {} already", id, (*object)->where.source, (*object)->where.line),
        "");
  }
  const auto yaml = console.find((*object)->id);
  if (yaml == console.end()) return fail(ErrorCode::NotFound, "there is no object \"{}\" of the console", id);
  const auto text = files.find(key);
  auto added = add_item(text == files.end() ? std::string() : text->second, key, (*object)->kind, yaml->second);
  if (!added) return pass(added);
  Edit edit;
  edit.files[key] = std::move(*added);
  edit.removed_objects.push_back((*object)->id);
  return edit;
}

Result<void> check_is_move(const Plan& plan, std::string_view id) {
  for (const auto& change : plan.changes) {
    if (change.id != id) {
      return refuse(fmt::format("the files hold changes that are not in force yet, as of {}", change.id),
                    "Apply them first: \"millwright config plan\" shows them.");
    }
  }
  const bool is_move = plan.changes.size() == 1 && plan.changes.front().action == Action::Change &&
                       plan.changes.front().fields.size() == 1 && plan.changes.front().fields.front().field == "owner";
  if (is_move) return {};
  return refuse(fmt::format("{} cannot be moved without changing what it says", id),
                "Move it by hand: take it out of one place and put it into the other in one plan.");
}

}  // namespace millwright::configuration
