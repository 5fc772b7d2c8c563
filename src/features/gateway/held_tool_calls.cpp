#include "features/gateway/held_tool_calls.hpp"

#include <algorithm>
#include <array>

namespace millwright::gateway {
namespace {

/// Strings that come in pieces are appended, everything else is set as it comes.
void add_piece(json::object& whole, const json::object& piece) {
  constexpr std::array<std::string_view, 2> growing{"arguments", "input"};
  for (const auto& member : piece) {
    auto& target = whole[member.key()];
    const bool is_growing = std::ranges::find(growing, std::string_view(member.key())) != growing.end();
    if (is_growing && member.value().is_string() && target.is_string()) {
      target.get_string().append(member.value().get_string());
    } else if (!member.value().is_null()) {
      target = member.value();
    }
  }
}

}  // namespace

void HeldToolCalls::take_from(json::object& delta) {
  if (auto* calls = delta.if_contains("tool_calls"); calls != nullptr && calls->is_array()) {
    for (auto& call : calls->get_array()) {
      if (call.is_object()) take(std::move(call.get_object()));
    }
    delta.erase("tool_calls");
  }
  if (auto* call = delta.if_contains("function_call"); call != nullptr && call->is_object()) {
    add_piece(function_call_, call->get_object());
    delta.erase("function_call");
  }
}

json::object* HeldToolCalls::find(const json::object& piece) {
  const auto* index = find_member(piece, "index");
  const auto* id = find_member(piece, "id");
  const bool has_id = id != nullptr && id->is_string() && !id->get_string().empty();
  if (index == nullptr && !has_id) return calls_.empty() ? nullptr : &calls_.back().get_object();
  for (auto& known : calls_) {
    const auto* other = find_member(known.get_object(), index != nullptr ? "index" : "id");
    if (other != nullptr && *other == *(index != nullptr ? index : id)) return &known.get_object();
  }
  return nullptr;
}

void HeldToolCalls::take(json::object piece) {
  auto* whole = find(piece);
  if (whole == nullptr) {
    calls_.push_back(std::move(piece));
    return;
  }
  for (const auto& member : piece) {
    auto* held = whole->if_contains(member.key());
    if (member.value().is_object() && held != nullptr && held->is_object()) {
      add_piece(held->get_object(), member.value().get_object());
    } else if (!member.value().is_null()) {
      (*whole)[member.key()] = member.value();
    }
  }
}

void HeldToolCalls::give_to(json::object& delta) {
  if (!calls_.empty()) delta["tool_calls"] = std::exchange(calls_, {});
  if (!function_call_.empty()) delta["function_call"] = std::exchange(function_call_, {});
}

}  // namespace millwright::gateway
