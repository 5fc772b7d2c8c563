// Usage that a provider counts apart (input, what its prompt cache read and wrote, output) in OpenAI's words.
#pragma once

#include <span>
#include <string_view>

#include "base/json.hpp"
#include "features/finops/finops.hpp"

namespace millwright::extensions {

/// Requests of tools that ran at the provider and cost apart: all that `server_tool_use` counts but fetches of pages,
/// which cost their tokens alone (https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-fetch-tool).
[[nodiscard]] std::int64_t billed_tool_requests(const json::object& usage);

/// What a prompt cache wrote: the total, and how much of it for an hour.
struct CacheWrites {
  std::int64_t all = 0, for_an_hour = 0;
};
/// `tokens.cache_write` becomes what is kept for the usual time.
void put_cache_writes(const CacheWrites& writes, finops::TokenCounts& tokens);

/// prompt_tokens include what was read from the cache and written to it. Members of `reported` that are not in
/// `translated` travel along.
[[nodiscard]] json::object render_apart_usage(const finops::TokenCounts& tokens, const json::object& reported,
                                              std::span<const std::string_view> translated);

}  // namespace millwright::extensions
