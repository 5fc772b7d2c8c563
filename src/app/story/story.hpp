// The story of one governed use case, told on the terminal with the real figures of this run: from source document to
// cited, metered, evaluated, released answer. Every chapter checks its own claims and fails loudly.
#pragma once

#include <cstdint>

#include "app/factory.hpp"

namespace millwright::app::story {

enum class Ending : std::uint8_t { Serve, Stop };

/// Tells the story, then serves until asked to stop (or not). Exit code 0 only if every step did what it claims.
[[nodiscard]] int run_story(FactoryOptions options, Ending ending);

}  // namespace millwright::app::story
