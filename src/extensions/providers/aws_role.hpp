// Credentials of the role that this container or this machine runs under, from the endpoint that AWS gives it.
#pragma once

#include <string>

#include "extensions/providers/aws_credentials.hpp"

namespace millwright::extensions {

/// Where a container asks, with what, and where that is to be read anew each time.
struct ContainerEndpoint {
  io::http::Origin origin;
  std::string path;  // with its query, if any
  std::string token, token_file;
};

/// `client` and `clock` outlive the last call. A 4xx is UpstreamFailed (there is no such role), all else may pass.
[[nodiscard]] RenewedCredentials make_container_credentials(ContainerEndpoint endpoint, io::http::Client& client,
                                                            const Clock& clock);
/// IMDSv2: a session is begun for each renewal, and the first role taken.
[[nodiscard]] RenewedCredentials make_instance_credentials(io::http::Origin origin, io::http::Client& client,
                                                           const Clock& clock);

}  // namespace millwright::extensions
