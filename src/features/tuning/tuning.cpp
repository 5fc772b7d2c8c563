#include "features/tuning/tuning.hpp"

#include <algorithm>

#include "features/retrieval/retrieval.hpp"
#include "features/tuning/corpus_writer.hpp"

namespace millwright::tuning {
namespace {

constexpr std::size_t answer_bytes_min = 40;   // less teaches nothing

/// A heading asks, the text below it answers.
Example example_of(const retrieval::Chunk& chunk) {
  const std::size_t last = chunk.heading_path.rfind(" > ");
  const std::string heading = last == std::string::npos ? chunk.heading_path : chunk.heading_path.substr(last + 3);
  if (heading.ends_with('?')) return {heading, chunk.text};
  if (heading.empty() || heading == chunk.title) return {chunk.title, chunk.text};
  return {fmt::format("{}: {}", chunk.title, heading), chunk.text};
}

class LocalTuning final : public Tuning {
 public:
  explicit LocalTuning(TuningParts parts) : parts_(parts) {}

  Result<Corpus> export_corpus(const CorpusRequest& request) override {
    auto version = parts_.curation->newest_approved(request.dataset);
    if (!version) return pass(version);
    auto members = parts_.curation->members(version->digest);
    if (!members) return pass(members);
    std::ranges::sort(*members, {}, &curation::Member::document);
    Corpus corpus;
    CorpusWriter writer(request.system_prompt);
    for (const curation::Member& member : *members) {
      auto added = add_document(member, request, writer, corpus);
      if (!added) return pass(added);
    }
    if (writer.training().examples == 0) {
      auto nothing = fail(ErrorCode::Conflict, "no document of dataset \"{}\" may be used for fine-tuning", request.dataset);
      nothing.error().fix = "mark a source with \"use: [fine_tuning]\", sync it and approve the dataset";
      return nothing;
    }
    auto stored = store(request, version->digest, writer, corpus);
    if (!stored) return pass(stored);
    return corpus;
  }

 private:
  Result<void> add_document(const curation::Member& member, const CorpusRequest& request, CorpusWriter& writer,
                            Corpus& corpus) const {
    auto document = parts_.ingestion->load(member.document);
    if (!document && document.error().code == ErrorCode::NotFound) {
      ++corpus.skipped["erased"];
      return {};
    }
    if (!document) return pass(document);
    if (const auto reason = reason_to_skip(*document, request.class_max)) {
      ++corpus.skipped[*reason];
      return {};
    }
    document->version = member.version;
    document->parsed = member.parsed;
    auto parsed = parts_.ingestion->load_parsed(*document);
    if (!parsed) return pass(parsed);
    ++corpus.documents;
    for (const retrieval::Chunk& chunk : retrieval::chunk_document(*document, *parsed, request.words_max)) {
      if (chunk.text.size() < answer_bytes_min) {
        ++corpus.skipped["too short"];
        continue;
      }
      switch (writer.add(document->id, example_of(chunk))) {
        case CorpusWriter::Outcome::Added: break;
        case CorpusWriter::Outcome::Duplicate: ++corpus.skipped["duplicate"]; break;
        case CorpusWriter::Outcome::Full:
          return fail(ErrorCode::TooLarge, "the corpus of dataset \"{}\" is larger than 256 MiB", request.dataset);
      }
    }
    return {};
  }

  Result<void> store(const CorpusRequest& request, const Digest& dataset, const CorpusWriter& writer, Corpus& corpus) {
    corpus.training_examples = writer.training().examples;
    corpus.validation_examples = writer.validation().examples;
    auto training = put(request, "training", dataset, writer.training().lines);
    if (!training) return pass(training);
    corpus.training = *training;
    std::vector<Digest> parents{dataset, corpus.training};
    if (corpus.validation_examples > 0) {
      auto validation = put(request, "validation", dataset, writer.validation().lines);
      if (!validation) return pass(validation);
      corpus.validation = *validation;
      parents.push_back(corpus.validation);
    }
    json::object facts = to_json(corpus);
    facts.erase("manifest");
    facts["dataset"] = request.dataset;
    facts["dataset_version"] = dataset.text();
    facts["system_prompt"] = sha256(request.system_prompt).text();
    facts["class_max"] = policy::class_name(request.class_max);
    facts["words_max"] = request.words_max;
    auto manifest = parts_.registry->put({.kind = registry::Kind::Dataset, .name = request.dataset + "/fine-tuning",
                                          .bytes = json::serialize(facts), .parents = std::move(parents),
                                          .created_by = request.actor});
    if (!manifest) return pass(manifest);
    corpus.manifest = manifest->digest;
    if (parts_.audit == nullptr) return {};
    return parts_.audit->record({.actor = request.actor, .action = "dataset.export", .object = "dataset/" + request.dataset,
                                 .detail = {{"purpose", "fine_tuning"}, {"manifest", corpus.manifest.text()}}});
  }

  Result<Digest> put(const CorpusRequest& request, std::string_view part, const Digest& dataset, const std::string& lines) {
    auto artifact = parts_.registry->put({.kind = registry::Kind::Dataset,
                                          .name = fmt::format("{}/fine-tuning/{}", request.dataset, part),
                                          .bytes = lines, .parents = {dataset}, .created_by = request.actor});
    if (!artifact) return pass(artifact);
    return artifact->digest;
  }

  TuningParts parts_;
};

}  // namespace

std::optional<std::string> reason_to_skip(const ingestion::Document& document, policy::DataClass class_max) {
  using ingestion::Verdict;
  if (std::ranges::find(document.uses, "fine_tuning") == document.uses.end()) return "not for fine-tuning";
  if (document.verdict == Verdict::Deleted) return "deleted";
  if (document.verdict == Verdict::Quarantined || document.verdict == Verdict::Rejected) return "quarantined or rejected";
  if (document.verdict == Verdict::Duplicate || document.verdict == Verdict::Stale) return "duplicate or stale";
  if (document.data_class > class_max) return "class too high";
  // What a model has learned it can repeat: no masking helps afterwards.
  const bool is_risky = std::ranges::any_of(document.tags, [](const std::string& tag) {
    return tag.starts_with("pii") || tag.starts_with("secret") || tag.starts_with("injection");
  });
  if (is_risky) return "personal data, secrets or hidden instructions";
  return std::nullopt;
}

json::object to_json(const Corpus& corpus) {
  json::object skipped;
  for (const auto& [reason, count] : corpus.skipped) skipped[reason] = count;
  auto text = [](const Digest& digest) { return digest.is_none() ? std::string() : digest.text(); };
  return {{"manifest", text(corpus.manifest)},
          {"training", text(corpus.training)},
          {"validation", text(corpus.validation)},
          {"documents", corpus.documents},
          {"training_examples", corpus.training_examples},
          {"validation_examples", corpus.validation_examples},
          {"skipped", std::move(skipped)}};
}

std::unique_ptr<Tuning> make_tuning(TuningParts parts) { return std::make_unique<LocalTuning>(parts); }

}  // namespace millwright::tuning
