// Every kind of document Millwright reads.
#pragma once

#include "features/ingestion/parser.hpp"

namespace millwright::extensions {

[[nodiscard]] ingestion::Parsers make_parsers();

}  // namespace millwright::extensions
