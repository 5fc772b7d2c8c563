// Google's models on Vertex AI, as a service account of one project in one location.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "features/gateway/provider.hpp"

namespace millwright::extensions {

inline constexpr const char* vertex_base_url = "https://aiplatform.googleapis.com/v1";
/// Options: location, and project unless the key names it. Secret: service_account, the JSON key file. Without a
/// base_url of its own it calls the location's endpoint, so that data stays where the location says.
[[nodiscard]] Result<std::unique_ptr<gateway::Provider>> make_vertex(const gateway::ProviderParts& parts);

/// The host that serves a location: "europe-west4-aiplatform.googleapis.com"; "global", "eu" and "us" have their own.
[[nodiscard]] std::string vertex_host(std::string_view location);
/// "/projects/p/locations/l/publishers/google/models/ID"; an id "endpoints/1" or "publishers/…" stands below the
/// location, one that begins with "projects/" for itself.
[[nodiscard]] std::string vertex_model_path(std::string_view project, std::string_view location, std::string_view id);

}  // namespace millwright::extensions
