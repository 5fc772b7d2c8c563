#include "tests/support/chat_deltas.hpp"

namespace millwright::test {
namespace {

void append_call(json::array& calls, const json::object& piece) {
  const auto index = static_cast<std::size_t>(piece.at("index").as_int64());
  if (index == calls.size()) {
    auto call = piece;
    call.erase("index");
    calls.push_back(std::move(call));
    return;
  }
  auto& arguments = calls.at(index).at("function").at("arguments").as_string();
  arguments.append(piece.at("function").at("arguments").as_string());
}

}  // namespace

json::object assemble(const std::vector<json::object>& chunks) {
  json::object message;
  for (const auto& chunk : chunks) {
    if (chunk.at("choices").as_array().empty()) continue;
    for (const auto& member : chunk.at("choices").at(0).at("delta").as_object()) {
      auto& target = message[member.key()];
      if (member.value().is_string()) {
        if (!target.is_string()) target = "";
        target.get_string().append(member.value().get_string());
        continue;
      }
      if (!target.is_array()) target = json::array();
      for (const auto& item : member.value().as_array()) {
        if (member.key() == "tool_calls")
          append_call(target.get_array(), item.as_object());
        else
          target.get_array().push_back(item);
      }
    }
  }
  return message;
}

}  // namespace millwright::test
