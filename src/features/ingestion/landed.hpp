// A document with what intake remembers about it besides: how it was recognised, under which rules it was treated.
#pragma once

#include <string>

#include "features/ingestion/ingestion.hpp"

namespace millwright::ingestion {

struct Landed {
  Document document;
  std::string change_token;   // of the source; equal: unchanged
  std::string identity;       // of the source; equal under another path: renamed
  std::string settings;       // names the rules it was treated under
  std::string decision;       // "released" or "rejected" by a person, for this content; else empty
  Id sync;                    // that treated it last
};

/// Lower case, normalised, without hidden blocks: equal texts are exact duplicates.
[[nodiscard]] Digest text_digest(const ParsedDocument& document);
/// Names everything of a source's configuration that changes how a document is treated.
[[nodiscard]] std::string settings_name(const SourceConfig& source, std::string_view curation_version);

}  // namespace millwright::ingestion
