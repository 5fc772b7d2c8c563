// Fine-tuning corpora: making one of an approved dataset, and fetching its examples.
#include "features/tuning/tuning.hpp"

#include "api/admin/groups.hpp"
#include "api/admin/shapes.hpp"
#include "api/answer.hpp"
#include "api/fields.hpp"

namespace millwright::api {

namespace {

using io::http::Response;

Result<void> check_dataset(const CorpusParts& parts, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& dataset : parts.curation->datasets()) {
    if (dataset.name == name) return {};
    names.push_back(dataset.name);
  }
  return std::unexpected(not_found("dataset", name, names));
}

Result<Response> export_corpus(const CorpusParts& parts, const Call& call) {
  tuning::CorpusRequest request;
  request.dataset = call.parameter("name");
  if (auto ok = check_dataset(parts, request.dataset); !ok) return pass(ok);
  Body body(call.request, {"system_prompt", "class_max", "words_max"});
  request.system_prompt = body.text_or("system_prompt", {});
  const auto class_max = body.text_or("class_max", policy::class_name(request.class_max));
  request.words_max = body.find_integer("words_max", 20, 4'000).value_or(request.words_max);
  if (auto ok = body.check(); !ok) return pass(ok);
  const auto found = policy::find_class(class_max);
  if (!found) return fail(ErrorCode::InvalidInput, "there is no data class \"{}\"", class_max);
  request.class_max = *found;
  request.actor = call.caller.name;
  const auto corpus = parts.tuning->export_corpus(request);
  if (!corpus) return std::unexpected(corpus.error());
  return created(json::value(tuning::to_json(*corpus)));
}

/// Of the registry's artifacts only the examples of a corpus: other content has its own rules of access.
Result<Response> get_corpus(const CorpusParts& parts, const Call& call) {
  auto digest = Digest::parse(call.parameter("digest"));
  if (!digest) return pass(digest);
  const auto artifact = parts.registry->load(*digest);
  if (!artifact) return std::unexpected(artifact.error());
  const bool is_part =
      artifact->kind == registry::Kind::Dataset &&
      (artifact->name.ends_with("/fine-tuning/training") || artifact->name.ends_with("/fine-tuning/validation"));
  if (!is_part) return fail(ErrorCode::NotFound, "{} is not part of a fine-tuning corpus", digest->short_text());
  auto bytes = parts.registry->load_bytes(*digest);
  if (!bytes) return pass(bytes);
  return text_answer(std::move(*bytes), "application/jsonl");
}

}  // namespace

Routes corpus_routes(const CorpusParts& parts) {
  using enum io::http::Method;
  return {
      row(Post, "/api/v1/datasets/{name}/corpus", Access::Owner, export_corpus, parts),
      row(Get, "/api/v1/corpora/{digest}", Access::Owner, get_corpus, parts),
  };
}

}  // namespace millwright::api
