// Instructions in text that no reader sees: whoever hides an order from people means it for the machine.
#pragma once

#include <string>
#include <string_view>

namespace millwright::curation {

/// The words that give it away ("ignore", "you must"), or empty when hidden text looks like ordinary markup leftovers.
[[nodiscard]] std::string_view find_instruction(std::string_view hidden_text);

}  // namespace millwright::curation
