// Corpora for fine-tuning, made from approved datasets, of nothing but documents that may be used for it; and task
// classifiers, trained on labelled texts (task_trainer.hpp).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "features/audit/audit.hpp"
#include "features/curation/curation.hpp"
#include "features/ingestion/ingestion.hpp"
#include "features/policy/policy.hpp"
#include "features/registry/registry.hpp"
#include "features/tuning/task_trainer.hpp"

namespace millwright::tuning {

struct CorpusRequest {
  std::string dataset;                        // its newest approved version is taken
  std::string system_prompt;                  // put before every example; may be empty
  policy::DataClass class_max = policy::DataClass::Internal;
  std::int64_t words_max = 400;               // of an example's answer
  std::string actor;
};

/// What was made. Training and validation are JSON lines in the chat format:
/// {"messages":[{"role":"system",…},{"role":"user",…},{"role":"assistant",…}]}
struct Corpus {
  Digest manifest;                            // artifact whose parents are the dataset version and both parts
  Digest training, validation;                // artifacts; validation is none when no document fell to it
  std::int64_t documents = 0;
  std::int64_t training_examples = 0, validation_examples = 0;
  std::map<std::string, std::int64_t> skipped;   // documents and examples left out, by reason
};
[[nodiscard]] json::object to_json(const Corpus& corpus);

/// Why a document must not be learned from; nothing when it may.
[[nodiscard]] std::optional<std::string> reason_to_skip(const ingestion::Document& document, policy::DataClass class_max);

struct TuningParts {
  const ingestion::Ingestion* ingestion = nullptr;
  const curation::Curation* curation = nullptr;
  registry::Registry* registry = nullptr;
  audit::Audit* audit = nullptr;              // may be absent
};

/// Thread-safe; calls block.
class Tuning {
 public:
  virtual ~Tuning() = default;
  /// The same dataset version and request give the same artifacts. NotFound when nothing has been approved; Conflict
  /// when no document of the dataset may be used.
  [[nodiscard]] virtual Result<Corpus> export_corpus(const CorpusRequest& request) = 0;
};
/// All parts outlive it.
[[nodiscard]] std::unique_ptr<Tuning> make_tuning(TuningParts parts);

}  // namespace millwright::tuning
