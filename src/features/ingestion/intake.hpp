// One item on its way in: fetched, hashed, landed in the raw zone, parsed. Runs on many threads at once.
#pragma once

#include <set>
#include <unordered_set>

#include "features/ingestion/plan.hpp"
#include "features/ingestion/runner.hpp"
#include "store/blobs/blob_store.hpp"

namespace millwright::ingestion {

struct Taken {
  std::optional<Error> error;                       // the bytes could not be had
  bool is_same = false;                             // bytes as landed before: nothing was parsed
  bool is_erased = false;                           // bytes that were erased on request: nothing was landed
  Digest raw;
  std::uint64_t bytes = 0;
  std::optional<Result<ParsedDocument>> parsed;
  Digest parsed_digest;                             // of what was stored, none when parsing failed
};

struct IntakeContext {
  Connector& connector;
  store::BlobStore& blobs;
  ParserRunner& runner;
  std::uint64_t bytes_max = 0;
  bool is_full = false;
  std::set<Digest> erased;
  std::set<Digest> missing;                         // raw bytes of documents that may have been renamed
};

/// Does what `planned.work` asks for. Storage that fails is an error as well.
[[nodiscard]] Taken take_in(const PlannedItem& planned, const IntakeContext& context);

}  // namespace millwright::ingestion
