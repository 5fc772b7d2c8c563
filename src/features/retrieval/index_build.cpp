#include "features/retrieval/index_build.hpp"

#include <algorithm>

#include "features/retrieval/access.hpp"

namespace millwright::retrieval {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view recipe = "bm25-2";   // changes when an index is written in another way
constexpr std::string_view unfinished = ".build-";

void hash_field(Sha256& hash, std::string_view field) {
  hash.update(fmt::format("{}:", field.size()));
  hash.update(field);
}

void hash_set(Sha256& hash, std::vector<std::string> set) {
  std::ranges::sort(set);
  hash.update(fmt::format("[{}", set.size()));
  for (const std::string& entry : set) hash_field(hash, entry);
}

}  // namespace

Result<std::vector<ingestion::Document>> load_members(const ingestion::Ingestion& ingestion,
                                                      const curation::Curation& curation,
                                                      const Digest& dataset_version) {
  auto members = curation.members(dataset_version);
  if (!members) return pass(members);
  std::vector<ingestion::Document> documents;
  documents.reserve(members->size());
  for (const curation::Member& member : *members) {
    auto document = ingestion.load(member.document);
    if (!document && document.error().code == ErrorCode::NotFound) continue;   // erased since it was approved
    if (!document) return pass(document);
    if (!is_indexable(*document)) continue;
    document->version = member.version;
    document->parsed = member.parsed;
    documents.push_back(std::move(*document));
  }
  return documents;
}

Digest index_digest(std::string_view index, const Digest& dataset_version, std::int64_t words,
                    std::span<const ingestion::Document> documents) {
  Sha256 hash;
  hash_field(hash, recipe);
  hash_field(hash, index);
  hash_field(hash, dataset_version.text());
  hash_field(hash, fmt::format("{}", words));
  for (const ingestion::Document& document : documents) {
    hash_field(hash, document.id.text());
    hash_set(hash, document.acl.allow);
    hash_set(hash, document.acl.deny);
    hash_field(hash, policy::class_name(document.data_class));
  }
  return hash.finish();
}

fs::path version_directory(const fs::path& root, std::string_view index, const Digest& version) {
  return root / std::string(index) / version.text();
}

bool is_index_directory(const fs::path& directory) {
  std::error_code error;
  return fs::exists(directory / "iamglass", error);
}

void remove_unfinished(const fs::path& root) {
  std::error_code error;
  for (const auto& index : fs::directory_iterator(root, error)) {
    std::error_code inner;
    for (const auto& entry : fs::directory_iterator(index.path(), inner)) {
      if (entry.path().filename().string().starts_with(unfinished)) fs::remove_all(entry.path(), inner);
    }
  }
}

Result<IndexSize> write_index(const ingestion::Ingestion& ingestion, std::span<const ingestion::Document> documents,
                              std::int64_t words, const fs::path& target, const Progress& progress) {
  const fs::path scratch = target.parent_path() / fmt::format("{}{}", unfinished, Id::generate().text());
  auto writer = IndexWriter::create(scratch, words);
  if (!writer) return pass(writer);
  std::int64_t done = 0;
  for (const ingestion::Document& document : documents) {
    auto parsed = ingestion.load_parsed(document);
    if (!parsed && parsed.error().code == ErrorCode::NotFound) continue;   // erased meanwhile, or past its retention
    if (!parsed) {
      Error error = std::move(parsed.error());
      error.message = fmt::format("document {} (\"{}\"): {}", document.id.text(), document.path, error.message);
      return std::unexpected(std::move(error));
    }
    auto added = (*writer)->add(document, *parsed);
    if (!added) return pass(added);
    if (progress) progress(++done, static_cast<std::int64_t>(documents.size()));
  }
  return (*writer)->publish(target);
}

}  // namespace millwright::retrieval
