// Checks of what is asked for in a new API key.
#pragma once

#include "features/identity/identity.hpp"

namespace millwright::identity {

/// The principal of `spec`: names checked, lists sorted, defaults filled. InvalidInput names the field.
[[nodiscard]] Result<Principal> make_principal(KeySpec spec, Timestamp now);

}  // namespace millwright::identity
