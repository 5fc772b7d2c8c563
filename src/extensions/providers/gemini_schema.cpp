#include "extensions/providers/gemini_schema.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

namespace millwright::extensions {
namespace {

constexpr int depth_max = 32;
constexpr std::size_t schemas_max = 10'000;

/// Taken as they are.
constexpr std::array<std::string_view, 15> kept{"title",         "description", "default",         "minimum",
                                                "maximum",       "minItems",    "maxItems",        "minLength",
                                                "maxLength",     "pattern",     "nullable",        "minProperties",
                                                "maxProperties", "example",     "propertyOrdering"};
/// Notes to readers and validators' bookkeeping: nothing that a value must satisfy.
constexpr std::array<std::string_view, 13> hints{
    "$schema",    "$id",      "$comment",  "$anchor", "$defs",           "definitions",     "examples",
    "deprecated", "readOnly", "writeOnly", "strict",  "contentEncoding", "contentMediaType"};
/// Read by the functions below.
constexpr std::array<std::string_view, 11> read{"$ref",
                                                "type",
                                                "enum",
                                                "const",
                                                "anyOf",
                                                "oneOf",
                                                "allOf",
                                                "items",
                                                "format",
                                                "properties",
                                                "additionalProperties"};
constexpr std::array<std::string_view, 6> formats{"enum", "date-time", "float", "double", "int32", "int64"};

template <std::size_t n>
bool holds(const std::array<std::string_view, n>& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

bool is_null_schema(const json::value& schema) {
  return schema.is_object() && string_member(schema.get_object(), "type") == "null";
}

class Cleaning {
 public:
  explicit Cleaning(const json::object& root) : root_(root) {}

  json::object clean(const json::object& schema, int depth) {
    json::object out;
    if (depth > depth_max || ++schemas_ > schemas_max) {
      is_exact_ = false;
      return out;
    }
    if (find_member(schema, "$ref") != nullptr) clean_reference(schema, out, depth);
    clean_alternatives(schema, out, depth);
    clean_type(schema, out);
    clean_values(schema, out);
    for (const auto& [name, value] : schema) {
      if (holds(kept, name))
        out[name] = value;
      else if (name == "required")
        out["required"] = value;
      else if (!holds(hints, name) && !holds(read, name) && !name.starts_with("x-"))
        is_exact_ = false;
    }
    const auto format = string_member(schema, "format");
    if (holds(formats, format)) out["format"] = format;
    clean_members(schema, out, depth);
    return out;
  }

  [[nodiscard]] bool is_exact() const { return is_exact_; }

 private:
  void merge(json::object from, json::object& out) {
    for (auto& [name, value] : from) out[name] = std::move(value);
  }

  void clean_reference(const json::object& schema, json::object& out, int depth) {
    const std::string pointer(string_member(schema, "$ref"));
    boost::system::error_code failed;
    const json::value* target = nullptr;
    if (pointer.starts_with("#/")) target = root_.find_pointer(pointer.substr(1), failed);
    if (target == nullptr || !target->is_object() || std::ranges::find(open_, pointer) != open_.end()) {
      is_exact_ = false;  // unknown, outside, or recursive
      return;
    }
    open_.push_back(pointer);
    merge(clean(target->get_object(), depth + 1), out);
    open_.pop_back();
  }

  void clean_alternatives(const json::object& schema, json::object& out, int depth) {
    if (const auto* all = find_member(schema, "allOf")) {
      const bool is_one = all->is_array() && all->get_array().size() == 1 && all->get_array()[0].is_object();
      if (is_one)
        merge(clean(all->get_array()[0].get_object(), depth + 1), out);
      else
        is_exact_ = false;
    }
    const auto* any = find_member(schema, "anyOf");
    const auto* one = find_member(schema, "oneOf");
    if (any == nullptr)
      any = one;
    else if (one != nullptr)
      is_exact_ = false;
    if (any == nullptr) return;
    if (!any->is_array()) {
      is_exact_ = false;
      return;
    }
    json::array cleaned;
    bool is_nullable = false;
    for (const auto& choice : any->get_array()) {
      if (is_null_schema(choice))
        is_nullable = true;
      else if (choice.is_object())
        cleaned.push_back(clean(choice.get_object(), depth + 1));
      else
        is_exact_ = false;
    }
    if (cleaned.size() == 1)
      merge(cleaned[0].get_object(), out);
    else
      out["anyOf"] = std::move(cleaned);
    if (is_nullable) out["nullable"] = true;
  }

  void clean_type(const json::object& schema, json::object& out) {
    const auto* type = find_member(schema, "type");
    if (type != nullptr && type->is_string()) {
      out["type"] = upper(type->get_string());
    } else if (type != nullptr && type->is_array()) {
      std::vector<std::string> names;
      for (const auto& name : type->get_array()) {
        if (!name.is_string())
          is_exact_ = false;
        else if (name.get_string() == "null")
          out["nullable"] = true;
        else
          names.push_back(upper(name.get_string()));
      }
      if (names.size() == 1)
        out["type"] = names.front();
      else
        is_exact_ = false;
    } else if (type != nullptr) {
      is_exact_ = false;
    } else if (schema.contains("properties")) {
      out["type"] = "OBJECT";
    } else if (schema.contains("items")) {
      out["type"] = "ARRAY";
    }
  }

  /// Its enums hold strings alone.
  void clean_values(const json::object& schema, json::object& out) {
    json::array values;
    if (const auto* constant = find_member(schema, "const"))
      values.push_back(*constant);
    else if (const auto* list = find_member(schema, "enum"); list != nullptr && list->is_array())
      values = list->get_array();
    if (values.empty()) return;
    json::array texts;
    for (auto& value : values) {
      if (value.is_string())
        texts.push_back(std::move(value));
      else if (value.is_null())
        out["nullable"] = true;
      else
        is_exact_ = false;
    }
    if (!out.contains("type")) out["type"] = "STRING";
    out["enum"] = std::move(texts);
  }

  void clean_members(const json::object& schema, json::object& out, int depth) {
    const auto* properties = find_member(schema, "properties");
    if (properties != nullptr && properties->is_object()) {
      json::object cleaned;
      for (const auto& [name, value] : properties->get_object()) {
        if (value.is_object())
          cleaned[name] = clean(value.get_object(), depth + 1);
        else
          is_exact_ = false;
      }
      out["properties"] = std::move(cleaned);
    } else if (properties != nullptr) {
      is_exact_ = false;
    }
    if (const auto* items = find_member(schema, "items")) {
      if (items->is_object())
        out["items"] = clean(items->get_object(), depth + 1);
      else
        is_exact_ = false;
    }
    // Closed objects are what it makes anyway; a map with names of its own making is what the subset cannot say.
    const auto* others = find_member(schema, "additionalProperties");
    const bool has_names = properties != nullptr && properties->is_object() && !properties->get_object().empty();
    if (others != nullptr && (others->is_object() || (others->is_bool() && others->get_bool() && !has_names))) {
      is_exact_ = false;
    }
  }

  const json::value root_;
  std::vector<std::string> open_;  // references being put in place
  std::size_t schemas_ = 0;
  bool is_exact_ = true;
};

}  // namespace

GeminiSchema clean_gemini_schema(const json::object& schema) {
  Cleaning cleaning(schema);
  GeminiSchema cleaned;
  cleaned.schema = cleaning.clean(schema, 0);
  cleaned.is_exact = cleaning.is_exact();
  return cleaned;
}

}  // namespace millwright::extensions
