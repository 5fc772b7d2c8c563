// The checks a suite may use. A new one is one file here and one line in each list.
#pragma once

#include <memory>

#include "features/evaluation/evaluation.hpp"

namespace millwright::extensions {

[[nodiscard]] evaluation::Graders make_graders();

[[nodiscard]] std::unique_ptr<evaluation::Grader> make_answers();
[[nodiscard]] std::unique_ptr<evaluation::Grader> make_cites();
[[nodiscard]] std::unique_ptr<evaluation::Grader> make_contains_all();
[[nodiscard]] std::unique_ptr<evaluation::Grader> make_contains_any();
[[nodiscard]] std::unique_ptr<evaluation::Grader> make_max_latency_ms();
[[nodiscard]] std::unique_ptr<evaluation::Grader> make_not_contains();
[[nodiscard]] std::unique_ptr<evaluation::Grader> make_refuses();

}  // namespace millwright::extensions
