// The provider kinds of this build: one file a kind, one line in the list.
#pragma once

#include "features/gateway/provider.hpp"

namespace millwright::extensions {

[[nodiscard]] gateway::ProviderKinds provider_kinds();

}  // namespace millwright::extensions
