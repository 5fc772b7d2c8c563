// Rows of the inbox.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "features/approval/approval.hpp"

namespace millwright::approval {

[[nodiscard]] Result<void> insert_request(store::Session& session, const Request& request);
/// NotFound.
[[nodiscard]] Result<Request> load_request(store::Session& session, Id id);
[[nodiscard]] Result<std::optional<Request>> find_newest(store::Session& session, std::string_view kind,
                                                         std::string_view object);
[[nodiscard]] Result<Page> list_requests(store::Database& database, const Filter& filter, std::string_view cursor,
                                         std::size_t limit);
[[nodiscard]] Result<std::vector<Id>> list_overdue(store::Session& session, Timestamp now);
[[nodiscard]] Result<std::int64_t> count_open(store::Database& database);
/// Writes the decision that stands in `request`. Conflict when another was faster.
[[nodiscard]] Result<void> close_request(store::Session& session, const Request& request);
[[nodiscard]] Result<void> assign_request(store::Session& session, const Request& request);

}  // namespace millwright::approval
