// A folder, with all below it, as a source: listed by walking, followed by inotify, never left through links.
#pragma once

#include <memory>

#include "features/ingestion/config.hpp"
#include "features/ingestion/connector.hpp"

namespace millwright::extensions {

/// Files below `source.path` that match `include` (all when empty) and not `exclude`. Hidden files and folders (".git")
/// count only when a pattern names them. A link to a file inside the folder is that file; a link that leaves the folder,
/// and whatever is no regular file, is listed as refused; linked folders are not entered.
[[nodiscard]] std::unique_ptr<ingestion::Connector> make_filesystem_connector(const ingestion::SourceConfig& source);

}  // namespace millwright::extensions
