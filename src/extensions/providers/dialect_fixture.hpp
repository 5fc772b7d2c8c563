// What the golden tests of the dialects share: answers, failures and meters as JSON, streams read in pieces.
#pragma once

#include <functional>
#include <random>

#include <gtest/gtest.h>

#include "extensions/providers/dialect.hpp"
#include "tests/support/golden.hpp"

namespace millwright::extensions {

inline AnswerFrame test_frame() { return {"acme", "the-model", "req1", 1'763'900'000}; }

inline json::object counts_json(const finops::TokenCounts& tokens) {
  json::object out;
  for (const auto& meter : finops::priced_meters) {
    if (tokens.*meter.count != 0) out[meter.name] = tokens.*meter.count;
  }
  return out;
}

inline json::object failure_json(const gateway::ProviderFailure& failure) {
  json::object out{{"code", meaning(failure.error.code).name},
                   {"message", failure.error.message},
                   {"status", failure.status},
                   {"is_retryable", failure.is_retryable},
                   {"may_fall_back", failure.may_fall_back},
                   {"may_be_billed", failure.may_be_billed}};
  if (failure.usage) out["meters"] = counts_json(*failure.usage);
  return {{"failure", std::move(out)}};
}

inline json::object result_json(const gateway::ProviderResult& result) {
  if (!result) return failure_json(result.error());
  json::object out{{"answer", result->body}};
  if (result->usage) out["meters"] = counts_json(*result->usage);
  return out;
}

/// A translated request, or the field it was refused for.
inline json::object request_json(const Result<json::object>& request) {
  if (request) return *request;
  return {{"refused", request.error().where.field}, {"message", request.error().message}};
}

/// Everything a stream gives, read in pieces of the sizes that `next_size` names.
inline json::object read_in_pieces(DialectStream& stream, std::string_view bytes,
                                   const std::function<std::size_t()>& next_size) {
  json::array chunks;
  json::object out;
  bool has_failed = false;
  const auto take = [&](StreamStep step) {
    for (auto& chunk : step.chunks) chunks.push_back(std::move(chunk));
    if (!step.failure) return;
    out = failure_json(*step.failure);
    has_failed = true;
  };
  while (!bytes.empty() && !has_failed && !stream.is_finished()) {
    const auto size = std::min(next_size(), bytes.size());
    take(stream.feed(bytes.substr(0, size)));
    bytes.remove_prefix(size);
  }
  if (!has_failed) take(stream.end());
  out["chunks"] = std::move(chunks);
  if (const auto known = stream.known(); known.usage) out["meters"] = counts_json(*known.usage);
  return out;
}

/// Every case below tests/golden/`folder`: read whole it gives its golden file, read in any pieces the same.
template <class Stream>
void check_streams(std::string_view folder, std::string_view ending) {
  const auto seed = std::random_device()();
  std::mt19937_64 random(seed);
  const auto read = [](std::string_view bytes, const std::function<std::size_t()>& next_size) {
    Stream stream(test_frame());
    return read_in_pieces(stream, bytes, next_size);
  };
  for (const auto& file : test::golden_cases(folder, ending)) {
    const auto bytes = test::read_golden_case(file);
    const auto whole = read(bytes, [&] { return bytes.size(); });
    test::expect_golden(file, "chat", test::render_indented(whole));
    EXPECT_EQ(whole, read(bytes, [] { return std::size_t{1}; })) << file;
    for (int i = 0; i < 50; ++i) {
      const auto most = 1 + random() % 200;
      EXPECT_EQ(whole, read(bytes, [&] { return 1 + random() % most; })) << file << " seed " << seed;
    }
  }
}

}  // namespace millwright::extensions
