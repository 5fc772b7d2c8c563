// The text of a response head: status line, framing and the handler's headers, in one buffer.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "io/http/message.hpp"
#include "io/http/target.hpp"

namespace millwright::io::http {

enum class Framing : std::uint8_t { Length, Chunked, UntilClose };
enum class Persistence : std::uint8_t { KeepAlive, KeepAliveHttp10, Close };

struct HeadOptions {
  Framing framing = Framing::Length;
  Persistence persistence = Persistence::KeepAlive;
  std::string_view date;   // IMF-fixdate
};

/// Replaces `out` by the head of `response`. Framing, Date and Connection are the server's: the handler's own are
/// left out. A field that would break the message (CR, LF or NUL in a value) is left out and logged.
void render_head(std::string& out, const Response& response, const HeadOptions& options);

/// Whether a handler asked for the connection to end: "Connection: close".
[[nodiscard]] bool asks_to_close(const Headers& headers);

/// The answer to a request that is refused before any handler: a small JSON error, OpenAI shape.
[[nodiscard]] Response make_refusal(const Rejection& rejection);

/// "Sun, 06 Nov 1994 08:49:37 GMT"
[[nodiscard]] std::string render_http_date(std::time_t time);

}  // namespace millwright::io::http
