// Who may do what with a request.
#pragma once

#include <string_view>

#include "features/approval/approval.hpp"

namespace millwright::approval {

/// "user/ada" and "ada" are one person: a prefix must not get around four eyes.
[[nodiscard]] bool is_same_person(std::string_view a, std::string_view b);
/// "user/NAME" or "group/NAME".
[[nodiscard]] Result<void> check_assignee(std::string_view assignee, const Request& request);

}  // namespace millwright::approval
