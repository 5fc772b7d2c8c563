// The schema must accept what validate() accepts and refuse what it refuses: both judge the same texts here, the schema
// through a small draft-07 checker that knows the keywords it uses.
#include <regex.h>

#include <gtest/gtest.h>

#include "base/config/node.hpp"
#include "base/config/sample_sections.hpp"
#include "base/json.hpp"

namespace millwright::config {
namespace {

/// The tree as an editor sees it: plain scalars get the types of YAML 1.2.
json::value as_editor_sees(const Node& node) {
  switch (node.shape()) {
    case Node::Shape::List: {
      json::array list;
      for (const auto& item : node.items()) list.push_back(as_editor_sees(item));
      return list;
    }
    case Node::Shape::Map: {
      json::object map;
      for (const auto& [name, member] : node.members()) map[name] = as_editor_sees(member);
      return map;
    }
    case Node::Shape::Scalar: {
      const bool is_quoted = node.render_yaml().front() == '"';
      auto typed = parse_json(node.text());
      if (!is_quoted && typed && typed->is_primitive() && !typed->is_string()) return *typed;
      return json::value(node.text());
    }
    default: return nullptr;
  }
}

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

bool accepts(const json::object& schema, const json::value& value);

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

TEST(JsonSchema, AgreesWithValidation) {
  const auto schema = parse_json_object(render_json_schema(sample_sections())).value();
  EXPECT_EQ(schema.at("$schema"), "http://json-schema.org/draft-07/schema#");
  struct Case {
    std::string_view text;
    bool is_valid;
  };
  for (const auto& [text, is_valid] : {
           Case{"{}", true},
           Case{"server:\n", true},
           Case{"server: {listen: 0.0.0.0:80, grace: 30s, body: 1024, threads: 3, ratio: 1, debug: true}\n", true},
           Case{"server: {body: 8MiB, durability: power, tls: {certificate: a, key: b}}\n", true},
           Case{"server: {tls: {certificate: a}}\n", false},
           Case{"server: {lisen: x}\n", false},
           Case{"server: {grace: 30}\n", false},
           Case{"server: {threads: 300}\n", false},
           Case{"server: {threads: 1.5}\n", false},
           Case{"server: {ratio: 2}\n", false},
           Case{"server: {debug: 1}\n", false},
           Case{"server: {durability: both}\n", false},
           Case{"server: {listen: \"a\"}\n", false},
           Case{"providers: [{name: acme, api_key: {env: X}, price: 0.15 USD/Mtok, expires: 2027-09-01, region: null}]\n", true},
           Case{"providers: [{name: 7, headers: {a: 1.10, b: x}, budget: {limit: 5 USD, alerts: [1, 2]}}]\n", true},
           Case{"providers: [{name: acme, api_key: sk-123}]\n", false},
           Case{"providers: [{name: acme, api_key: {env: X, file: y}}]\n", false},
           Case{"providers: [{name: acme, api_key: {env: sk-1}}]\n", false},
           Case{"providers: [{name: Acme}]\n", false},
           Case{"providers: [{region: eu}]\n", false},
           Case{"providers: [{name: a, budget: {}}]\n", false},
           Case{"providers: [{name: a, budget: {limit: 5 EUR}}]\n", false},
           Case{"providers: [{name: a, budget: {limit: 5 USD, alerts: [101]}}]\n", false},
           Case{"providers: {name: a}\n", false},
           Case{"labels: {a: b, c: d}\n", true},
           Case{"labels: {a: [b]}\n", false},
       }) {
    const auto tree = parse_yaml(text, "f").value();
    const auto value = as_editor_sees(tree);
    EXPECT_EQ(accepts(schema, value), is_valid) << text << json::serialize(value);
    EXPECT_EQ(validate(tree, sample_sections()).has_value(), is_valid) << text;
  }
}

TEST(Reference, HasARowForEveryOption) {
  const auto text = render_reference(sample_sections());
  for (const std::string_view row :
       {"| `server.listen` | a text, 3 to 100 | `127.0.0.1:8080` | Address. Takes effect at the next start. |",
        "| `server.grace` | a duration, 0s to 10m | `30s` | Grace. |", "| `providers[].name` | a name | required | Name. |",
        "| `providers[].budget.alerts` | a list of: a whole number | `[50, 75, 90]` |", "| `labels` | a map of names to: a name |"}) {
    EXPECT_NE(text.find(row), std::string::npos) << row << "\n" << text;
  }
}

}  // namespace
}  // namespace millwright::config
