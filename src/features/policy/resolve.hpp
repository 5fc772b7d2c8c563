// Makes findings that overlap into findings that do not: the leftmost, then the longest, stands; what sticks out of it
// becomes a finding of its own; and the strictest action of all that overlap wins, so that no finding can hide another.
#pragma once

#include <string>
#include <vector>

#include "features/policy/policy.hpp"

namespace millwright::policy {

/// Order of resolution: by start, then the longer, the stricter, the surer.
void sort_findings(std::vector<Finding>& findings);
/// `sorted` as above. Nothing of the result lies before `from`.
[[nodiscard]] std::vector<Finding> resolved(const std::vector<Finding>& sorted, std::size_t from);
/// Appends a finding, or, where it touches the last one and is of the same type and action, makes that one longer
/// (true).
bool append_or_extend(std::vector<Finding>& findings, const Finding& finding);
/// "[EMAIL]" for "email", "[SECRET]" for "secret.github".
void append_label(std::string& out, std::string_view type);

}  // namespace millwright::policy
