// JSON Schema draft-07 of a configuration, for editors: what validate() accepts, as far as a schema can say it.
#include "base/config/scalar.hpp"
#include "base/config/spec.hpp"
#include "base/config/node.hpp"
#include "base/json.hpp"

namespace millwright::config {
namespace {

json::array types(std::initializer_list<std::string_view> names, const Spec& spec) {
  json::array result(names.begin(), names.end());
  if (spec.is_nullable) result.emplace_back("null");
  return result;
}

void add_bounds(json::object& schema, const Spec& spec, std::string_view low, std::string_view high) {
  if (spec.minimum) schema[low] = *spec.minimum;
  if (spec.maximum) schema[high] = *spec.maximum;
}

json::object pattern(std::string_view expression, const Spec& spec) {
  return {{"type", types({"string"}, spec)}, {"pattern", expression}};
}

json::object secret_schema(const Spec& spec) {
  return {{"type", types({"object"}, spec)},
          {"additionalProperties", false},
          {"minProperties", 1},
          {"maxProperties", 1},
          {"properties",
           {{"env", {{"type", "string"}, {"pattern", "^[A-Za-z0-9_]+$"}}},
            {"file", {{"type", "string"}, {"minLength", 1}}},
            {"cred", {{"type", "string"}, {"pattern", "^[^./][^/]*$"}}}}}};
}

json::object scalar_schema(const Spec& spec) {
  switch (spec.kind) {
    case Kind::Name: {
      auto schema = pattern("^[a-z0-9][a-z0-9._-]{0,62}$", spec);
      schema["type"] = types({"string", "integer"}, spec);   // a name of digits alone
      return schema;
    }
    case Kind::Choice: {
      json::array choices(spec.choices.begin(), spec.choices.end());
      if (spec.is_nullable) choices.emplace_back(nullptr);
      return {{"enum", std::move(choices)}};
    }
    case Kind::Integer: {
      json::object schema{{"type", types({"integer"}, spec)}};
      add_bounds(schema, spec, "minimum", "maximum");
      return schema;
    }
    case Kind::Real: {
      json::object schema{{"type", types({"number"}, spec)}};
      add_bounds(schema, spec, "minimum", "maximum");
      return schema;
    }
    case Kind::Boolean: return {{"type", types({"boolean"}, spec)}};
    case Kind::Duration: return pattern("^[0-9]+(ms|s|m|h|d)$", spec);
    case Kind::Size: {
      auto schema = pattern("^[0-9]+(B|KiB|MiB|GiB|TiB)?$", spec);
      schema["type"] = types({"string", "integer"}, spec);
      return schema;
    }
    case Kind::Money: return pattern("^([0-9]+\\.?[0-9]*|\\.[0-9]+) USD$", spec);
    case Kind::UnitPrice: return pattern("^([0-9]+\\.?[0-9]*|\\.[0-9]+) USD/[Mk]?(tok|unit)$", spec);
    case Kind::Date: return pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", spec);
    default: {
      // Plain YAML scalars that look like numbers are texts to us and numbers to the editor.
      json::object schema{{"type", types({"string", "number", "boolean"}, spec)}};
      add_bounds(schema, spec, "minLength", "maxLength");
      return schema;
    }
  }
}

json::object schema_of(const Spec& spec);

json::object object_schema(const Spec& spec) {
  json::object properties;
  json::array required;
  for (const auto& [name, member] : spec.members) {
    properties[name] = schema_of(member);
    if (member.is_required && !member.default_text) required.emplace_back(name);
  }
  json::object schema{{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

json::object group_schema(const Spec& spec) {
  json::object schema;
  if (spec.kind == Kind::List) {
    schema = {{"type", "array"}, {"items", schema_of(spec.item.front())}};
    add_bounds(schema, spec, "minItems", "maxItems");
  } else if (spec.kind == Kind::Map) {
    schema = {{"type", "object"}, {"additionalProperties", schema_of(spec.item.front())}};
    add_bounds(schema, spec, "minProperties", "maxProperties");
  } else {
    schema = object_schema(spec);
  }
  // "teams:" with nothing behind it is an empty section.
  if (spec.is_nullable || !spec.is_required) schema["type"] = json::array{schema["type"], "null"};
  return schema;
}

/// A default as JSON: numbers and booleans as such, texts as texts.
json::value default_value(const Spec& spec) {
  const auto& text = *spec.default_text;
  switch (spec.kind) {
    case Kind::Integer:
    case Kind::Real:
    case Kind::Boolean: return parse_json(text).value_or(json::value(text));
    case Kind::List:
    case Kind::Map:
    case Kind::Object: return nullptr;   // shown in the description
    default: return json::value(text);
  }
}

json::object schema_of(const Spec& spec) {
  const bool is_group = spec.kind == Kind::List || spec.kind == Kind::Map || spec.kind == Kind::Object;
  json::object schema;
  std::string description = spec.description;
  if (spec.default_text) description += fmt::format(" Default: {}.", *spec.default_text);
  if (spec.needs_restart) description += " Takes effect at the next start.";
  if (!description.empty()) schema["description"] = description;
  json::object rest = is_group ? group_schema(spec) : spec.kind == Kind::Secret ? secret_schema(spec) : scalar_schema(spec);
  for (auto& [key, value] : rest) schema[key] = std::move(value);
  if (spec.default_text && !is_group) schema["default"] = default_value(spec);
  return schema;
}

void render_pretty(const json::value& value, std::string& out, std::size_t indent) {
  const std::string margin(indent + 2, ' ');
  bool is_first = true;
  const auto separate = [&] {
    out += is_first ? "\n" : ",\n";
    out += margin;
    is_first = false;
  };
  if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
    out += '{';
    for (const auto& [key, member] : *object) {
      separate();
      out += json::serialize(json::value(key)) + ": ";
      render_pretty(member, out, indent + 2);
    }
    out += "\n" + std::string(indent, ' ') + "}";
  } else if (const auto* array = value.if_array(); array != nullptr && !array->empty() && !array->front().is_primitive()) {
    out += '[';
    for (const auto& item : *array) {
      separate();
      render_pretty(item, out, indent + 2);
    }
    out += "\n" + std::string(indent, ' ') + "]";
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

std::string render_json_schema(const std::vector<Section>& sections) {
  Spec root;
  root.kind = Kind::Object;
  root.is_required = true;
  for (const auto& section : sections) root.members.emplace_back(section.key, section.spec);
  json::object schema{{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", "Millwright configuration"}};
  for (auto& [key, value] : object_schema(root)) schema[key] = std::move(value);
  std::string out;
  render_pretty(schema, out, 0);
  return out + "\n";
}

}  // namespace millwright::config
