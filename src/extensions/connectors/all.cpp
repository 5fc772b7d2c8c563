#include "extensions/connectors/all.hpp"

#include "extensions/connectors/filesystem.hpp"

namespace millwright::extensions {

Result<std::unique_ptr<ingestion::Connector>> make_connector(const ingestion::SourceConfig& source) {
  if (source.kind == "filesystem") return make_filesystem_connector(source);
  return fail(ErrorCode::InvalidConfig, "no connector reads sources of kind \"{}\"", source.kind);
}

}  // namespace millwright::extensions
