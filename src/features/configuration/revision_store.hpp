// Rows of revisions and of the console's objects. Every function runs in the caller's session.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "features/configuration/configuration.hpp"

namespace millwright::configuration {

/// What a revision keeps: all files and all objects of the console.
struct Parts {
  std::map<std::string, std::string> files, objects;
};

[[nodiscard]] Result<std::map<std::string, std::string>> load_console_objects(store::Session& session);
[[nodiscard]] Result<void> put_console_object(store::Session& session, const std::string& id, const std::string& yaml,
                                              Timestamp time, const std::string& author);
[[nodiscard]] Result<void> remove_console_object(store::Session& session, const std::string& id);

[[nodiscard]] Result<std::optional<Revision>> find_last_revision(store::Session& session);
/// Gives `revision` the next number.
[[nodiscard]] Result<void> insert_revision(store::Session& session, Revision& revision, const Parts& parts);
[[nodiscard]] Result<std::vector<Revision>> list_revisions(store::Session& session, std::int64_t before,
                                                           std::size_t limit);
/// NotFound when there is no such revision.
[[nodiscard]] Result<Parts> load_parts(store::Session& session, std::int64_t revision);

}  // namespace millwright::configuration
