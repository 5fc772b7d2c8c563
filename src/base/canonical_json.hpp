// One text for one JSON value, so that it can be hashed and signed (RFC 8785: no spaces, members sorted, shortest
// numbers).
#pragma once

#include <string>

#include "base/json.hpp"

namespace millwright {

/// Members are sorted by the bytes of their UTF-8 names (RFC 8785 sorts by UTF-16: the same up to U+FFFF). Numbers that
/// JSON cannot write (NaN, infinities) become null.
[[nodiscard]] std::string render_canonical_json(const json::value& value);

}  // namespace millwright
