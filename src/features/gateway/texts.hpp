// Every text of a request or an answer, wherever it stands: what guards must see.
#pragma once

#include <functional>

#include "base/json.hpp"

namespace millwright::gateway {

using VisitText = std::function<void(json::string&)>;

/// Calls `visit` with every string below `value`, which may be replaced. Nothing is left out because its field is
/// unknown: a field that travels along is read like any other. Left out are only the one-word values of `role` and `type`,
/// and what is no text: data URLs and long base64 in the fields that carry files, signatures and encrypted items.
void visit_texts(json::value& value, const VisitText& visit);

/// The same for a whole request: all of it but the name of the model.
void visit_request_texts(json::object& body, const VisitText& visit);

}  // namespace millwright::gateway
