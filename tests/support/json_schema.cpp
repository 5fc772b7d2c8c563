#include "tests/support/json_schema.hpp"

#include <algorithm>

#include <regex.h>

namespace millwright::test {
namespace {

bool has_type(const json::value& value, std::string_view type) {
  if (type == "null") return value.is_null();
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_bool();
  if (type == "integer") return value.is_int64() || value.is_uint64();
  return type == "number" && value.is_number();
}

bool matches_pattern(const std::string& text, const std::string& pattern) {
  regex_t compiled;
  if (::regcomp(&compiled, pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0) return false;
  const bool matches = ::regexec(&compiled, text.c_str(), 0, nullptr, 0) == 0;
  ::regfree(&compiled);
  return matches;
}

bool accepts_object(const json::object& schema, const json::object& value) {
  const auto* properties = schema.if_contains("properties");
  const auto* others = schema.if_contains("additionalProperties");
  for (const auto& [name, member] : value) {
    const auto* known = properties == nullptr ? nullptr : properties->as_object().if_contains(name);
    if (known != nullptr) {
      if (!accepts(known->as_object(), member)) return false;
    } else if (others != nullptr && (others->is_bool() ? !others->as_bool() : !accepts(others->as_object(), member))) {
      return false;
    }
  }
  if (const auto* required = schema.if_contains("required")) {
    for (const auto& name : required->as_array()) {
      if (!value.contains(name.as_string())) return false;
    }
  }
  const auto count = static_cast<std::int64_t>(value.size());
  const auto* low = schema.if_contains("minProperties");
  const auto* high = schema.if_contains("maxProperties");
  return (low == nullptr || count >= low->as_int64()) && (high == nullptr || count <= high->as_int64());
}

bool accepts_array(const json::object& schema, const json::array& value) {
  for (const auto& item : value) {
    if (!accepts(schema.at("items").as_object(), item)) return false;
  }
  const auto count = static_cast<std::int64_t>(value.size());
  const auto* high = schema.if_contains("maxItems");
  return high == nullptr || count <= high->as_int64();
}

bool accepts_scalar(const json::object& schema, const json::value& value) {
  if (value.is_string()) {
    const std::string text(value.as_string());
    const auto length = static_cast<std::int64_t>(text.size());
    if (const auto* pattern = schema.if_contains("pattern"); pattern && !matches_pattern(text, std::string(pattern->as_string()))) return false;
    if (const auto* low = schema.if_contains("minLength"); low && length < low->as_int64()) return false;
    if (const auto* high = schema.if_contains("maxLength"); high && length > high->as_int64()) return false;
  }
  if (value.is_number()) {
    const auto number = value.to_number<double>();
    if (const auto* low = schema.if_contains("minimum"); low && number < low->to_number<double>()) return false;
    if (const auto* high = schema.if_contains("maximum"); high && number > high->to_number<double>()) return false;
  }
  return true;
}

}  // namespace

json::value as_editor_sees(const config::Node& node) {
  switch (node.shape()) {
    case config::Node::Shape::List: {
      json::array list;
      for (const auto& item : node.items()) list.push_back(as_editor_sees(item));
      return list;
    }
    case config::Node::Shape::Map: {
      json::object map;
      for (const auto& [name, member] : node.members()) map[name] = as_editor_sees(member);
      return map;
    }
    case config::Node::Shape::Scalar: {
      const bool is_quoted = node.render_yaml().front() == '"';
      auto typed = parse_json(node.text());
      if (!is_quoted && typed && typed->is_primitive() && !typed->is_string()) return *typed;
      return json::value(node.text());
    }
    default: return nullptr;
  }
}

bool accepts(const json::object& schema, const json::value& value) {
  if (const auto* choices = schema.if_contains("enum")) {
    return std::ranges::any_of(choices->as_array(), [&](const auto& choice) { return choice == value; });
  }
  if (const auto* type = schema.if_contains("type")) {
    bool fits = type->is_string() && has_type(value, type->as_string());
    if (type->is_array()) {
      for (const auto& name : type->as_array()) fits = fits || has_type(value, name.as_string());
    }
    if (!fits) return false;
  }
  if (value.is_object()) return accepts_object(schema, value.as_object());
  if (value.is_array()) return accepts_array(schema, value.as_array());
  return accepts_scalar(schema, value);
}

std::string first_refused(const json::object& schema, const json::value& value) {
  if (accepts(schema, value)) return {};
  if (const auto* object = value.if_object()) {
    const auto* properties = schema.if_contains("properties");
    for (const auto& [name, member] : *object) {
      const auto* known = properties == nullptr ? nullptr : properties->as_object().if_contains(name);
      if (known == nullptr) continue;
      const auto below = first_refused(known->as_object(), member);
      if (!below.empty()) return std::string(name) + "." + below;
    }
  }
  if (const auto* array = value.if_array(); array != nullptr && schema.contains("items")) {
    for (std::size_t i = 0; i < array->size(); ++i) {
      const auto below = first_refused(schema.at("items").as_object(), (*array)[i]);
      if (!below.empty()) return std::to_string(i) + "." + below;
    }
  }
  return json::serialize(value).substr(0, 200);
}

}  // namespace millwright::test
