// Every kind of source Millwright reads.
#pragma once

#include <memory>

#include "features/ingestion/config.hpp"
#include "features/ingestion/connector.hpp"

namespace millwright::extensions {

/// The connector that `source.kind` names; InvalidConfig for an unknown kind. The configuration is copied.
[[nodiscard]] Result<std::unique_ptr<ingestion::Connector>> make_connector(const ingestion::SourceConfig& source);

}  // namespace millwright::extensions
