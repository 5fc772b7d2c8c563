// Tool calls of one streamed choice, put together from their pieces and given out whole.
#pragma once

#include "base/json.hpp"

namespace millwright::gateway {

class HeldToolCalls {
 public:
  /// Takes `tool_calls` and the older `function_call` out of a delta. Pieces belong together by index, else by id; one
  /// with neither goes on with the call before it.
  void take_from(json::object& delta);
  [[nodiscard]] bool is_empty() const { return calls_.empty() && function_call_.empty(); }
  /// Puts what was held into `delta`, whole, and holds nothing more.
  void give_to(json::object& delta);

 private:
  void take(json::object piece);
  [[nodiscard]] json::object* find(const json::object& piece);

  json::array calls_;
  json::object function_call_;
};

}  // namespace millwright::gateway
