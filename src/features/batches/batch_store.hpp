// Rows of batches and of lines that have begun.
#pragma once

#include <string>
#include <vector>

#include "features/batches/batches.hpp"

namespace millwright::batches {

struct LineState {
  std::int64_t line = 0;
  std::string state, trace;     // started, sent, done, failed
  Money cost;
};
struct LineResult : LineState {
  std::string text;             // the result line; of a sent line, what is known of its call
};

/// Thread-safe. Blocking, but for those that give a task.
class BatchStore {
 public:
  BatchStore(store::Database& database, store::Writer& writer, const store::Vault& vault, std::string node)
      : database_(database), writer_(writer), vault_(vault), node_(std::move(node)) {}

  [[nodiscard]] Result<void> insert(const Batch& batch);
  [[nodiscard]] Result<void> update(const Batch& batch);
  /// The same, and its lines go: they are in the output files.
  [[nodiscard]] Result<void> finish(const Batch& batch);
  [[nodiscard]] Result<Batch> load(const std::string& id, const std::string& scope);
  [[nodiscard]] Result<BatchPage> list(const std::string& scope, const std::string& after, std::size_t limit);
  [[nodiscard]] Result<std::vector<Batch>> unfinished();
  [[nodiscard]] Result<std::int64_t> drop_before(Timestamp time);

  /// Conflict when the line has begun before.
  [[nodiscard]] Result<void> start_line(const std::string& batch, std::int64_t line, Id trace);
  /// Lines that a provider's batch will answer, and the batch itself, as one.
  [[nodiscard]] Result<void> send_lines(const Batch& batch, std::vector<LineResult> lines);
  [[nodiscard]] Result<void> forget_lines(const std::string& batch, std::vector<std::int64_t> lines);
  [[nodiscard]] io::Task<Result<void>> finish_line(std::string batch, LineResult result);
  [[nodiscard]] Result<void> finish_line_blocking(const std::string& batch, const LineResult& result);
  [[nodiscard]] io::Task<Result<void>> forget_line(std::string batch, std::int64_t line);
  [[nodiscard]] Result<std::vector<LineState>> states(const std::string& batch);
  /// In order, behind `after`, with their texts.
  [[nodiscard]] Result<std::vector<LineResult>> results(const std::string& batch, std::int64_t after, std::size_t limit);

 private:
  [[nodiscard]] Result<std::string> seal(const std::string& batch, const LineResult& result) const;
  [[nodiscard]] Result<void> run(store::Writer::Job job) { return writer_.run(std::move(job)); }

  store::Database& database_;
  store::Writer& writer_;
  const store::Vault& vault_;
  std::string node_;
};

}  // namespace millwright::batches
