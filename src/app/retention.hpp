// What calls leave behind for a while and is then dropped. Blocks; gives how many rows went.
#pragma once

#include <cstdint>

#include "base/error.hpp"

namespace millwright::app {

class Factory;

[[nodiscard]] Result<std::int64_t> drop_old_responses(Factory& factory);
[[nodiscard]] Result<std::int64_t> drop_old_cache_samples(Factory& factory);

}  // namespace millwright::app
