// A batch as it is kept: JSON, and back.
#pragma once

#include "features/batches/batches.hpp"

namespace millwright::batches {

[[nodiscard]] std::string render_record(const Batch& batch);
/// Corrupt when it is not what render_record wrote.
[[nodiscard]] Result<Batch> parse_record(std::string_view text);
[[nodiscard]] std::optional<Status> find_status(std::string_view name);

}  // namespace millwright::batches
