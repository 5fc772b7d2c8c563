#include "features/registry/registry.hpp"

#include <charconv>

#include "features/registry/artifact.hpp"
#include "features/registry/artifact_store.hpp"
#include "features/registry/registry_sql.hpp"

namespace millwright::registry {
namespace {

constexpr std::size_t prefix_digits_min = 6;

std::unexpected<Error> no_artifact(std::string_view reference) {
  return fail(ErrorCode::NotFound, "there is no artifact {}", reference);
}

bool is_hex(std::string_view text) {
  return text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
}

class StoredRegistry final : public Registry {
 public:
  StoredRegistry(store::Database& database, store::Writer& writer, store::BlobStore& blobs, audit::Audit& audit,
                 const Clock& clock)
      : database_(database), writer_(writer), blobs_(blobs), audit_(audit), clock_(clock) {}

  [[nodiscard]] Result<Artifact> put(NewArtifact made) override {
    auto valid = check_artifact(made);
    if (!valid) return pass(valid);
    // The bytes first: a row never names bytes that are not there. Bytes without a row are harmless.
    auto content = blobs_.put(made.bytes);
    if (!content) return pass(content);
    Artifact artifact = artifact_of(std::move(made), *content);
    Result<Artifact> outcome;
    auto done = writer_.run([&](store::Session& session) -> Result<void> {
      auto known = find_artifact(session, artifact.digest);
      if (!known) return pass(known);
      if (*known) {
        outcome = std::move(**known);
        return {};
      }
      auto inserted = insert(session, artifact);
      if (!inserted) return inserted;
      auto stored = find_artifact(session, artifact.digest);
      if (!stored) return pass(stored);
      outcome = std::move(**stored);
      return {};
    });
    if (!done) return pass(done);
    return outcome;
  }

  [[nodiscard]] Result<Artifact> load(const Digest& digest) override {
    auto found = read([&](store::Session& session) { return find_artifact(session, digest); });
    if (!found) return pass(found);
    if (!*found) return no_artifact(digest.text());
    return std::move(**found);
  }

  [[nodiscard]] Result<std::string> load_bytes(const Digest& digest) override {
    auto artifact = load(digest);
    if (!artifact) return pass(artifact);
    return blobs_.load(artifact->content_digest);
  }

  [[nodiscard]] Result<std::optional<Artifact>> find(Kind kind, std::string_view name,
                                                     std::optional<std::int64_t> version) override {
    return read([&](store::Session& session) { return find_version(session, kind, name, version); });
  }

  [[nodiscard]] Result<Artifact> resolve(std::string_view reference) override {
    if (reference.find('/') == std::string_view::npos) return resolve_digest(reference);
    const auto slash = reference.find('/');
    const auto kind = find_kind(reference.substr(0, slash));
    if (!kind) return fail(ErrorCode::InvalidInput, "\"{}\" is not a kind of artifact", reference.substr(0, slash));
    const std::string_view rest = reference.substr(slash + 1);
    // The whole name first: a name may hold an @ of its own.
    auto newest = find(*kind, rest, std::nullopt);
    if (!newest) return pass(newest);
    if (*newest) return std::move(**newest);
    const auto at = rest.rfind('@');
    std::int64_t version = 0;
    if (at != std::string_view::npos) std::from_chars(rest.data() + at + 1, rest.data() + rest.size(), version);
    if (version < 1) return no_artifact(reference);
    auto found = find(*kind, rest.substr(0, at), version);
    if (!found) return pass(found);
    if (!*found) return no_artifact(reference);
    return std::move(**found);
  }

  [[nodiscard]] Result<Page> list(const Filter& filter, std::string_view cursor, std::size_t limit) override {
    return list_artifacts(database_, filter, cursor, limit);
  }

  [[nodiscard]] Result<std::vector<LineageStep>> ancestors(const Digest& digest, std::size_t limit) override {
    return walk_lineage(database_, digest, Direction::Ancestors, limit);
  }

  [[nodiscard]] Result<std::vector<LineageStep>> descendants(const Digest& digest, std::size_t limit) override {
    return walk_lineage(database_, digest, Direction::Descendants, limit);
  }

 private:
  template <class Body>
  auto read(const Body& body) -> std::invoke_result_t<Body, store::Session&> {
    std::invoke_result_t<Body, store::Session&> outcome;
    auto done = database_.read([&](store::Session& session) -> Result<void> {
      outcome = body(session);
      return {};
    });
    if (!done) return pass(done);
    return outcome;
  }

  [[nodiscard]] Artifact artifact_of(NewArtifact made, const Digest& content) const {
    Artifact artifact;
    artifact.content_digest = content;
    artifact.kind = made.kind;
    artifact.name = std::move(made.name);
    artifact.size_bytes = static_cast<std::int64_t>(made.bytes.size());
    artifact.parents = std::move(made.parents);
    std::ranges::sort(artifact.parents);
    const auto repeated = std::ranges::unique(artifact.parents);
    artifact.parents.erase(repeated.begin(), repeated.end());
    artifact.metadata = std::move(made.metadata);
    artifact.created_by = std::move(made.created_by);
    artifact.created_at = clock_.now();
    artifact.digest = artifact_digest(artifact);
    return artifact;
  }

  [[nodiscard]] Result<void> insert(store::Session& session, const Artifact& artifact) {
    auto inserted = insert_artifact(session, artifact);
    if (!inserted && inserted.error().code == ErrorCode::Conflict && !artifact.parents.empty()) {
      return fail(ErrorCode::InvalidInput, "a parent of {}/{} is not in the registry", kind_name(artifact.kind),
                  artifact.name);
    }
    if (!inserted) return inserted;
    return audit_.append(session, {.time = artifact.created_at, .actor = artifact.created_by,
                                   .action = "artifact.put",
                                   .object = fmt::format("{}/{}", kind_name(artifact.kind), artifact.name),
                                   .detail = {{"digest", artifact.digest.text()},
                                              {"size_bytes", artifact.size_bytes},
                                              {"parents", artifact.parents.size()}}});
  }

  [[nodiscard]] Result<Artifact> resolve_digest(std::string_view hex) {
    if (hex.size() < prefix_digits_min || !is_hex(hex)) {
      return fail(ErrorCode::InvalidInput, "\"{}\" is neither kind/name nor six or more digits of a digest", hex);
    }
    auto found = read([&](store::Session& session) { return find_by_prefix(session, hex); });
    if (!found) return pass(found);
    if (found->empty()) return no_artifact(hex);
    if (found->size() > 1) return fail(ErrorCode::Conflict, "several artifacts begin with {}", hex);
    return load(found->front().digest);
  }

  store::Database& database_;
  store::Writer& writer_;
  store::BlobStore& blobs_;
  audit::Audit& audit_;
  const Clock& clock_;
};

}  // namespace

Result<std::unique_ptr<Registry>> Registry::open(store::Database& database, store::Writer& writer,
                                                 store::BlobStore& blobs, audit::Audit& audit, const Clock& clock) {
  return std::make_unique<StoredRegistry>(database, writer, blobs, audit, clock);
}

std::span<const store::Migration> migrations() { return sql::migrations; }

}  // namespace millwright::registry
