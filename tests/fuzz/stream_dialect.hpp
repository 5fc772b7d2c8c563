// What fuzzers of a provider's dialect share: every cutting of the same bytes of a stream gives the same chunks and the
// same end, usage is never negative, and a request that cannot be made names its field.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "extensions/providers/dialect.hpp"

namespace millwright::test {

inline extensions::AnswerFrame fuzz_frame() { return {"acme", "model", "request", 1}; }

template <class Stream>
std::string read_in_pieces(std::string_view bytes, std::size_t piece) {
  Stream stream(fuzz_frame());
  std::string out;
  bool has_failed = false;
  const auto take = [&](const extensions::StreamStep& step) {
    for (const auto& chunk : step.chunks) out += json::serialize(chunk) + "\n";
    if (!step.failure) return;
    out += step.failure->error.message;
    has_failed = true;
  };
  while (!bytes.empty() && !has_failed && !stream.is_finished()) {
    take(stream.feed(bytes.substr(0, piece)));
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  if (!has_failed) take(stream.end());
  const auto known = stream.known();
  if (known.usage && (known.usage->input < 0 || known.usage->output < 0 || known.usage->tool_requests < 0))
    std::abort();
  return out;
}

/// `bytes` is not empty; its first byte chooses one of the cuttings.
template <class Stream>
void must_not_depend_on_cutting(std::string_view bytes) {
  const auto whole = read_in_pieces<Stream>(bytes, bytes.size());
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2} + static_cast<unsigned char>(bytes.front()) % 7}) {
    if (read_in_pieces<Stream>(bytes, piece) != whole) std::abort();
  }
}

template <class T>
void must_name_its_field(const Result<T>& request) {
  if (!request && request.error().where.field.empty()) std::abort();
}

}  // namespace millwright::test
