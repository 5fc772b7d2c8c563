// /v1/files: what a caller keeps here, seen by callers of the same team, user and use case.
#pragma once

#include "api/openai/routes.hpp"

namespace millwright::api::openai {

[[nodiscard]] io::Task<void> create_file(Parts parts, io::http::Exchange& exchange);
[[nodiscard]] io::Task<void> list_files(Parts parts, io::http::Exchange& exchange);
[[nodiscard]] io::Task<void> show_file(Parts parts, io::http::Exchange& exchange);
[[nodiscard]] io::Task<void> send_file_content(Parts parts, io::http::Exchange& exchange);
[[nodiscard]] io::Task<void> delete_file(Parts parts, io::http::Exchange& exchange);

}  // namespace millwright::api::openai
