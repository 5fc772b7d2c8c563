#include "features/registry/artifact.hpp"

#include "base/canonical_json.hpp"

namespace millwright::registry {
namespace {

constexpr std::array<std::string_view, 11> kind_names{"prompt", "route",     "dataset", "index",   "suite",   "policy",
                                                      "embedding", "model", "release", "document", "report"};
constexpr std::size_t name_bytes_max = 128;
constexpr std::size_t parents_max = 100'000;
constexpr std::size_t metadata_bytes_max = 256u << 10;

bool is_name(std::string_view name) {
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (name.empty() || name.size() > name_bytes_max || !is_plain(name.front())) return false;
  return std::ranges::all_of(name, [&](char c) {
    return is_plain(c) || std::string_view("._/@-").find(c) != std::string_view::npos;
  });
}

json::array digests_json(const std::vector<Digest>& digests) {
  json::array array;
  for (const Digest& digest : digests) array.emplace_back(digest.text());
  return array;
}

}  // namespace

std::string_view kind_name(Kind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

std::optional<Kind> find_kind(std::string_view name) {
  const auto found = std::ranges::find(kind_names, name);
  if (found == kind_names.end()) return std::nullopt;
  return static_cast<Kind>(found - kind_names.begin());
}

Result<void> check_artifact(const NewArtifact& artifact) {
  if (!is_name(artifact.name)) {
    auto refused = fail(ErrorCode::InvalidInput, "\"{}\" is not the name of an artifact", artifact.name);
    refused.error().fix = "Use a-z, 0-9 and ._/@- ; at most 128 characters, beginning with a letter or digit.";
    return refused;
  }
  if (artifact.created_by.empty()) return fail(ErrorCode::InvalidInput, "an artifact needs the one who made it");
  if (artifact.parents.size() > parents_max) return fail(ErrorCode::TooLarge, "an artifact has over 100,000 parents");
  if (render_canonical_json(artifact.metadata).size() > metadata_bytes_max) {
    return fail(ErrorCode::TooLarge, "the metadata of an artifact is over 256 KiB");
  }
  return {};
}

Digest artifact_digest(const Artifact& artifact) {
  return sha256(render_canonical_json(json::object{{"content", artifact.content_digest.text()},
                                                   {"kind", kind_name(artifact.kind)},
                                                   {"metadata", artifact.metadata},
                                                   {"name", artifact.name},
                                                   {"parents", digests_json(artifact.parents)},
                                                   {"size_bytes", artifact.size_bytes}}));
}

json::object to_json(const Artifact& artifact) {
  return {{"digest", artifact.digest.text()},
          {"content_digest", artifact.content_digest.text()},
          {"kind", kind_name(artifact.kind)},
          {"name", artifact.name},
          {"version", artifact.version},
          {"size_bytes", artifact.size_bytes},
          {"parents", digests_json(artifact.parents)},
          {"metadata", artifact.metadata},
          {"created_by", artifact.created_by},
          {"created_at", render_time(artifact.created_at)}};
}

}  // namespace millwright::registry
