// The one page of a build without the web console: says so, and where to go instead. Needs no script.
#pragma once

#include <string_view>

namespace millwright::app {

inline constexpr std::string_view plain_page = R"page(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Millwright</title>
<style nonce="__CSP_NONCE__">
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem; }
pre { padding: .75rem; border: 1px solid; overflow-x: auto; }
</style>
</head>
<body>
<h1>Millwright runs</h1>
<p>This build carries no web console. Everything it does is reachable from the command line and over HTTP.</p>
<ul>
<li><a href="/readyz">Is it ready?</a></li>
<li><a href="/metrics">Metrics</a></li>
<li><a href="/openapi.json">The control API, as OpenAPI 3.1</a></li>
</ul>
<p>The first administrator is created with the one-time token of the set-up link:</p>
<pre>curl -X POST http://HOST:PORT/api/v1/setup -H 'content-type: application/json' \
  -d '{"token":"TOKEN","email":"you@example.org","name":"You","password":"at least 12 characters"}'</pre>
<p>A lost link is printed again by <code>millwright setup-link --data DIR</code>.
A build with the console: configure with <code>-DWITH_CONSOLE=ON</code>.</p>
</body>
</html>
)page";

}  // namespace millwright::app
