// Content-addressed, immutable artifacts and where each came from: prompts, routes, datasets, indexes, suites,
// policies, embeddings, models, releases; and their signatures.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "features/audit/audit.hpp"
#include "store/blobs/blob_store.hpp"
#include "store/database.hpp"
#include "store/vault/vault.hpp"
#include "store/writer.hpp"

namespace millwright::registry {

enum class Kind : std::uint8_t {
  Prompt,
  Route,
  Dataset,
  Index,
  Suite,
  Policy,
  Embedding,
  Model,
  Release,
  Document,
  Report
};
[[nodiscard]] std::string_view kind_name(Kind kind);   // "prompt", "route", …
[[nodiscard]] std::optional<Kind> find_kind(std::string_view name);

/// One artifact. Its digest covers kind, name, content, parents and metadata, so that equal digests mean equal in every
/// respect; content_digest covers the bytes alone.
struct Artifact {
  Digest digest;
  Digest content_digest;
  Kind kind = Kind::Prompt;
  std::string name;                  // within the kind: "helpdesk"
  std::int64_t version = 0;          // within kind and name, from 1
  std::int64_t size_bytes = 0;
  std::vector<Digest> parents;       // what it was made from
  json::object metadata;
  std::string created_by;            // actor
  Timestamp created_at{};
};

struct NewArtifact {
  Kind kind = Kind::Prompt;
  std::string name;                  // ^[a-z0-9][a-z0-9._/@-]{0,127}$
  std::string_view bytes;            // read during the call only
  std::vector<Digest> parents;       // each must exist; at most 100,000
  json::object metadata;             // at most 256 KiB
  std::string created_by;
};

struct Filter {
  std::optional<Kind> kind;
  std::string name;                  // empty: any
};
struct Page {
  std::vector<Artifact> artifacts;   // newest first; without their parents
  std::string next;                  // cursor; empty at the end
};

/// One step of a lineage: `depth` 1 is a direct parent or child.
struct LineageStep {
  Artifact artifact;                 // without its parents
  std::int64_t depth = 0;
};

/// Thread-safe; blocking: call on a worker thread.
class Registry {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Registry>> open(store::Database& database, store::Writer& writer,
                                                              store::BlobStore& blobs, audit::Audit& audit,
                                                              const Clock& clock);
  virtual ~Registry() = default;

  /// The same artifact again gives the one that is there; nothing is ever overwritten.
  [[nodiscard]] virtual Result<Artifact> put(NewArtifact artifact) = 0;
  /// With its parents. NotFound.
  [[nodiscard]] virtual Result<Artifact> load(const Digest& digest) = 0;
  /// The bytes, checked against their digest (Corrupt).
  [[nodiscard]] virtual Result<std::string> load_bytes(const Digest& digest) = 0;
  /// The newest version of a name, or the given one; absent when there is none.
  [[nodiscard]] virtual Result<std::optional<Artifact>> find(Kind kind, std::string_view name,
                                                             std::optional<std::int64_t> version = {}) = 0;
  /// By the beginning of its digest in hex (at least 6 digits) or by "kind/name" or "kind/name@version". Conflict when
  /// several begin so.
  [[nodiscard]] virtual Result<Artifact> resolve(std::string_view reference) = 0;
  /// `limit` 1 to 1,000.
  [[nodiscard]] virtual Result<Page> list(const Filter& filter, std::string_view cursor, std::size_t limit) = 0;

  /// What it was made from, nearest first, each once; at most `limit`.
  [[nodiscard]] virtual Result<std::vector<LineageStep>> ancestors(const Digest& digest,
                                                                   std::size_t limit = 10'000) = 0;
  /// What was made from it: "which releases used this document?" is descendants of the document, of kind Release.
  [[nodiscard]] virtual Result<std::vector<LineageStep>> descendants(const Digest& digest,
                                                                     std::size_t limit = 10'000) = 0;
};

[[nodiscard]] json::object to_json(const Artifact& artifact);

/// A thing a signature covers.
struct Resource {
  std::string name;                  // relative, '/'-separated, no ".."
  Digest digest;
};

/// What a verified bundle says.
struct VerifiedBundle {
  std::string subject;
  std::vector<Resource> resources;   // sorted by name
  json::object extra;                // further members of the predicate
  std::string key_hint;              // hex SHA-256 of the public key's PEM
};

/// Signs manifests with an ECDSA P-256 key of this installation. Bundles have the shape of OpenSSF Model Signing 1.0:
/// a Sigstore bundle with a DSSE envelope around an in-toto statement.
class Signer {
 public:
  /// Makes DIR/signing.key on first use (sealed by the vault, mode 0600) and DIR/signing.pub (PEM).
  [[nodiscard]] static Result<std::unique_ptr<Signer>> open(const std::filesystem::path& data_directory,
                                                            const store::Vault& vault);
  virtual ~Signer() = default;

  /// `extra` may not name what the format owns ("resources", "serialization"). The bundle is JSON.
  [[nodiscard]] virtual Result<std::string> sign(std::string_view subject, std::vector<Resource> resources,
                                                 const json::object& extra) const = 0;
  [[nodiscard]] virtual const std::string& public_key_pem() const = 0;
};

/// Checks the signature, the shape, the root digest, and that the resources are exactly `expected`. Every way of
/// tampering has its own message (Corrupt); a bundle of another key is Forbidden.
[[nodiscard]] Result<VerifiedBundle> verify_bundle(std::string_view bundle, std::string_view public_key_pem,
                                                   std::vector<Resource> expected);
/// The same without a list to compare with: what the bundle itself says.
[[nodiscard]] Result<VerifiedBundle> read_bundle(std::string_view bundle, std::string_view public_key_pem);

/// The tables of this feature.
[[nodiscard]] std::span<const store::Migration> migrations();

}  // namespace millwright::registry
