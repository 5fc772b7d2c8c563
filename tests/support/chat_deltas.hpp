// What a client makes of a streamed chat answer.
#pragma once

#include <vector>

#include "base/json.hpp"

namespace millwright::test {

/// The message of a whole answer, from the deltas of its first choice.
[[nodiscard]] json::object assemble(const std::vector<json::object>& chunks);

}  // namespace millwright::test
