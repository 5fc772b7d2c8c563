// The in-toto statement of OpenSSF Model Signing 1.0: one subject, whose digest covers all resources
// (https://github.com/ossf/model-signing-spec).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "features/registry/registry.hpp"

namespace millwright::registry {

inline constexpr std::string_view payload_type = "application/vnd.in-toto+json";
inline constexpr std::string_view bundle_media_type = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// Sorts by name. InvalidInput: no resource, a name twice, a name that leaves its folder.
[[nodiscard]] Result<std::vector<Resource>> ordered(std::vector<Resource> resources);
/// SHA-256 over the raw digests in order.
[[nodiscard]] Digest root_digest(const std::vector<Resource>& resources);
[[nodiscard]] Result<std::string> render_statement(std::string_view subject, const std::vector<Resource>& resources,
                                                   const json::object& extra);
/// Checks type, predicate, order and root (Corrupt).
[[nodiscard]] Result<VerifiedBundle> parse_statement(std::string_view text);
/// What DSSE signs: "DSSEv1" and the lengths and bytes of type and body.
[[nodiscard]] std::string pre_authentication_encoding(std::string_view type, std::string_view body);

}  // namespace millwright::registry
