// Pages of OpenAI's lists: limit, after, order in the query; {object: "list", data, first_id, last_id, has_more} out.
#pragma once

#include <string>

#include "base/error.hpp"
#include "base/json.hpp"
#include "io/http/message.hpp"

namespace millwright::api::openai {

struct PageQuery {
  std::size_t limit = 20;
  std::string after;
  bool is_ascending = false;
};
/// InvalidInput names the parameter.
[[nodiscard]] Result<PageQuery> read_page_query(const io::http::Request& http, std::size_t limit_default,
                                                std::size_t limit_max);
[[nodiscard]] json::object page_json(json::array data, bool has_more);

/// The segment of the path behind /v1/<things>/.
[[nodiscard]] std::string id_in_path(const io::http::Request& http);

}  // namespace millwright::api::openai
