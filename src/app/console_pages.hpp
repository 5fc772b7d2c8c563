// The web console over HTTP: the embedded files, and the headers that let a browser run nothing else.
//
// Hashed files below /assets/ are immutable and carry an ETag; gzip is sent to clients that accept it. Every other
// path outside the APIs answers with index.html (the console routes in the browser), never stored, under a strict
// Content-Security-Policy whose style nonce is new for each answer. Safe from any thread.
#pragma once

#include <optional>
#include <span>

#include "app/console_asset.hpp"
#include "io/http/message.hpp"

namespace millwright::app {

/// The console's answer, or nothing when the path or method belongs to someone else (then: 404).
/// The body is present for HEAD too; the server leaves it out.
[[nodiscard]] std::optional<io::http::Response> console_page(const io::http::Request& request);

/// The same over given files. Without an index.html among them a plain page stands in.
[[nodiscard]] std::optional<io::http::Response> console_page_from(std::span<const ConsoleAsset> assets,
                                                                  const io::http::Request& request);

}  // namespace millwright::app
