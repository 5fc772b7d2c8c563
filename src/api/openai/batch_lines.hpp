// How the lines of a batch become calls, and their ends answers, in the shape of each endpoint.
#pragma once

#include <vector>

#include "features/batches/batches.hpp"

namespace millwright::api::openai {

[[nodiscard]] std::vector<batches::Dialect> batch_dialects();

}  // namespace millwright::api::openai
