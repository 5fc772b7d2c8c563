// The lines of a sealed input file, one after the other, holding no more than one piece and one line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "store/blobs/sealed_file.hpp"

namespace millwright::batches {

/// Blocking, for one thread at a time.
class LineSource {
 public:
  explicit LineSource(store::SealedFileReader reader) : reader_(std::move(reader)) {}
  /// The next line that is not blank, with its number (from 1, blank lines counted); nothing at the end. TooLarge with
  /// where.line for a line beyond line_bytes_max.
  [[nodiscard]] Result<std::optional<std::pair<std::int64_t, std::string>>> next();

 private:
  store::SealedFileReader reader_;
  std::string held_;
  std::size_t read_ = 0;
  std::int64_t number_ = 0;
  bool is_at_end_ = false;
};

}  // namespace millwright::batches
