#include "api/ops/groups.hpp"

// The document lies in the executable as it stands in the repository.
extern "C" const char millwright_openapi_begin[];
extern "C" const char millwright_openapi_end[];

namespace millwright::api {

std::string_view openapi_document() {
  return {millwright_openapi_begin, static_cast<std::size_t>(millwright_openapi_end - millwright_openapi_begin)};
}

}  // namespace millwright::api
