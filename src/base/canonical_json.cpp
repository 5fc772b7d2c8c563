#include "base/canonical_json.hpp"

#include <charconv>
#include <cmath>

namespace millwright {
namespace {

void append_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) out += fmt::format("\\u{:04x}", static_cast<int>(c));
        else out += c;
    }
  }
  out += '"';
}

/// As ECMAScript prints it: whole numbers below 1e21 without exponent, else the shortest form that reads back.
void append_double(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
  } else if (number == std::trunc(number) && std::abs(number) < 1e21) {
    out += fmt::format("{:.0f}", number == 0 ? 0.0 : number);
  } else {
    char buffer[32];
    const double size = std::abs(number);
    const auto shape = size >= 1e-6 && size < 1e21 ? std::chars_format::fixed : std::chars_format::scientific;
    std::string text(buffer, std::to_chars(buffer, buffer + sizeof buffer, number, shape).ptr);
    // 1e-07 is written 1e-7.
    if (const auto mark = text.find('e'); mark != std::string::npos && text.size() > mark + 3 && text[mark + 2] == '0') {
      text.erase(mark + 2, 1);
    }
    out += text;
  }
}

void append_value(std::string& out, const json::value& value);

void append_object(std::string& out, const json::object& object) {
  std::vector<const json::key_value_pair*> members;
  members.reserve(object.size());
  for (const auto& member : object) members.push_back(&member);
  std::ranges::sort(members, [](const auto* a, const auto* b) { return a->key() < b->key(); });
  out += '{';
  for (const auto* member : members) {
    if (member != members.front()) out += ',';
    append_string(out, member->key());
    out += ':';
    append_value(out, member->value());
  }
  out += '}';
}

void append_value(std::string& out, const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: out += "null"; break;
    case json::kind::bool_: out += value.get_bool() ? "true" : "false"; break;
    case json::kind::int64: out += std::to_string(value.get_int64()); break;
    case json::kind::uint64: out += std::to_string(value.get_uint64()); break;
    case json::kind::double_: append_double(out, value.get_double()); break;
    case json::kind::string: append_string(out, value.get_string()); break;
    case json::kind::object: append_object(out, value.get_object()); break;
    case json::kind::array:
      out += '[';
      for (std::size_t i = 0; i < value.get_array().size(); ++i) {
        if (i != 0) out += ',';
        append_value(out, value.get_array()[i]);
      }
      out += ']';
      break;
  }
}

}  // namespace

std::string render_canonical_json(const json::value& value) {
  std::string out;
  append_value(out, value);
  return out;
}

}  // namespace millwright
