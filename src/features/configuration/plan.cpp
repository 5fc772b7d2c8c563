// Plans as text: JSON to keep and carry, lines to read.
#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "features/configuration/configuration.hpp"

namespace millwright::configuration {
namespace {

json::object texts_to_json(const std::map<std::string, std::string>& texts) {
  json::object object;
  for (const auto& [name, text] : texts) object[name] = text;
  return object;
}

json::array names_to_json(const std::vector<std::string>& names) { return json::array(names.begin(), names.end()); }

json::object change_to_json(const ObjectChange& change) {
  json::array fields;
  for (const auto& field : change.fields) {
    fields.push_back({{"field", field.field}, {"before", field.before}, {"after", field.after}});
  }
  json::array touched;
  for (const auto& [what, count] : change.touched) touched.push_back({{"what", what}, {"count", count}});
  return {{"action", action_name(change.action)}, {"id", change.id},
          {"kind", change.kind},                  {"name", change.name},
          {"owner", owner_name(change.owner)},    {"needs_restart", change.needs_restart},
          {"fields", std::move(fields)},          {"touched", std::move(touched)}};
}

std::map<std::string, std::string> texts_of(const json::object& object, std::string_view name) {
  std::map<std::string, std::string> texts;
  const auto* member = find_member(object, name);
  if (member == nullptr || !member->is_object()) return texts;
  for (const auto& [key, value] : member->get_object()) {
    if (value.is_string()) texts[std::string(key)] = std::string(value.get_string());
  }
  return texts;
}

std::vector<std::string> names_of(const json::object& object, std::string_view name) {
  std::vector<std::string> names;
  const auto* member = find_member(object, name);
  if (member == nullptr || !member->is_array()) return names;
  for (const auto& value : member->get_array()) {
    if (value.is_string()) names.emplace_back(value.get_string());
  }
  return names;
}

ObjectChange change_of(const json::object& object) {
  ObjectChange change;
  const auto action = string_member(object, "action");
  change.action = action == "add" ? Action::Add : action == "destroy" ? Action::Destroy : Action::Change;
  change.id = string_member(object, "id");
  change.kind = string_member(object, "kind");
  change.name = string_member(object, "name");
  change.owner = string_member(object, "owner") == "console" ? Owner::Console : Owner::File;
  const auto* restart = find_member(object, "needs_restart");
  change.needs_restart = restart != nullptr && restart->is_bool() && restart->get_bool();
  if (const auto* fields = find_member(object, "fields"); fields != nullptr && fields->is_array()) {
    for (const auto& field : fields->get_array()) {
      if (!field.is_object()) continue;
      const auto& members = field.get_object();
      change.fields.push_back({std::string(string_member(members, "field")), std::string(string_member(members, "before")),
                               std::string(string_member(members, "after"))});
    }
  }
  return change;
}

std::string shown(const std::string& value) {
  if (value.empty()) return "(not set)";
  const auto line = collapsed_whitespace(value);
  const auto prefix = utf8_prefix(line, 80);
  return prefix.size() == line.size() ? line : std::string(prefix) + "…";
}

}  // namespace

std::string_view action_name(Action action) {
  switch (action) {
    case Action::Add: return "add";
    case Action::Change: return "change";
    case Action::Destroy: return "destroy";
  }
  return {};
}

bool Plan::needs_restart() const { return std::ranges::any_of(changes, &ObjectChange::needs_restart); }

json::object to_json(const Plan& plan) {
  json::array changes;
  for (const auto& change : plan.changes) changes.push_back(change_to_json(change));
  return {{"base", plan.base.text()},
          {"desired", plan.desired.text()},
          {"needs_restart", plan.needs_restart()},
          {"changes", std::move(changes)},
          {"edit",
           {{"files", texts_to_json(plan.edit.files)},
            {"removed_files", names_to_json(plan.edit.removed_files)},
            {"objects", texts_to_json(plan.edit.objects)},
            {"removed_objects", names_to_json(plan.edit.removed_objects)}}}};
}

Result<Plan> parse_plan(std::string_view json_text) {
  auto object = parse_json_object(json_text);
  if (!object) return pass(object);
  Plan plan;
  auto base = Digest::parse(string_member(*object, "base"));
  auto desired = Digest::parse(string_member(*object, "desired"));
  const auto* edit = find_member(*object, "edit");
  if (!base || !desired || edit == nullptr || !edit->is_object()) {
    auto error = fail(ErrorCode::InvalidInput, "this is not a saved plan");
    error.error().fix = "Make one with \"millwright config plan FILE -o PLAN\".";
    return error;
  }
  plan.base = *base;
  plan.desired = *desired;
  const auto& edit_members = edit->get_object();
  plan.edit.files = texts_of(edit_members, "files");
  plan.edit.removed_files = names_of(edit_members, "removed_files");
  plan.edit.objects = texts_of(edit_members, "objects");
  plan.edit.removed_objects = names_of(edit_members, "removed_objects");
  if (const auto* changes = find_member(*object, "changes"); changes != nullptr && changes->is_array()) {
    for (const auto& change : changes->get_array()) {
      if (change.is_object()) plan.changes.push_back(change_of(change.get_object()));
    }
  }
  return plan;
}

std::string render_plan(const Plan& plan) {
  if (plan.is_empty()) return "Nothing to change.\n";
  std::string out;
  std::size_t counts[3] = {};
  for (const auto& change : plan.changes) {
    ++counts[static_cast<std::size_t>(change.action)];
    const char sign = change.action == Action::Add ? '+' : change.action == Action::Change ? '~' : '-';
    out += fmt::format("{} {}{}{}\n", sign, change.id, change.owner == Owner::Console ? " (console)" : "",
                       change.needs_restart ? " (at the next start)" : "");
    for (const auto& field : change.fields) {
      if (change.action == Action::Add) {
        out += fmt::format("    {}: {}\n", field.field, shown(field.after));
      } else {
        out += fmt::format("    {}: {} → {}\n", field.field, shown(field.before), shown(field.after));
      }
    }
    for (const auto& [what, count] : change.touched) out += fmt::format("    touches {} {}\n", count, what);
  }
  return out + fmt::format("{} to add, {} to change, {} to destroy.\n", counts[0], counts[1], counts[2]);
}

}  // namespace millwright::configuration
