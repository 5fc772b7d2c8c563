#include "app/console_pages.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "app/console_assets.hpp"
#include "app/plain_page.hpp"
#include "base/digest.hpp"
#include "base/text.hpp"

namespace millwright::app {
namespace {

using io::http::Method;
using io::http::Request;
using io::http::Response;

constexpr std::string_view nonce_mark = "__CSP_NONCE__";

/// First segments that belong to the APIs and operations, so that a wrong path there is an honest 404.
constexpr std::array<std::string_view, 8> foreign_segments{
    "api", "v1", "healthz", "readyz", "metrics", "openapi.json", "schemas", ".well-known"};

bool is_foreign(std::string_view path) {
  const auto segment = path.substr(1, path.find('/', 1) - 1);
  return std::ranges::find(foreign_segments, segment) != foreign_segments.end();
}

/// A path at the root or below /assets/ that names a file: never answered with the page.
bool names_a_file(std::string_view path) {
  if (path.starts_with("/assets/")) return true;
  return path.find('/', 1) == std::string_view::npos && path.find('.') != std::string_view::npos;
}

/// RFC 9110 12.5.3: gzip is named (or "*"), and not with a weight of zero.
bool accepts_gzip(std::string_view accept_encoding) {
  std::optional<bool> by_name;
  std::optional<bool> by_star;
  for (const auto item : split(accept_encoding, ',')) {
    const auto parts = split(item, ';');
    const auto coding = to_lower_ascii(trimmed(parts.front()));
    bool is_wanted = true;
    for (std::size_t i = 1; i < parts.size(); ++i) {
      const auto weight = to_lower_ascii(trimmed(parts[i]));
      if (weight.starts_with("q=")) is_wanted = weight.find_first_of("123456789") != std::string::npos;
    }
    if (coding == "gzip" || coding == "x-gzip") by_name = is_wanted;
    if (coding == "*") by_star = is_wanted;
  }
  return by_name.value_or(by_star.value_or(false));
}

/// RFC 9110 13.1.2, weak comparison.
bool matches_etag(std::string_view if_none_match, std::string_view etag) {
  for (const auto item : split(if_none_match, ',')) {
    auto tag = trimmed(item);
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == "*" || tag == etag) return true;
  }
  return false;
}

const ConsoleAsset* find_asset(std::span<const ConsoleAsset> assets, std::string_view path, bool wants_gzip) {
  const ConsoleAsset* found = nullptr;
  for (const auto& asset : assets) {
    if (asset.path != path || (asset.is_gzip && !wants_gzip)) continue;
    if (found == nullptr || asset.is_gzip) found = &asset;
  }
  return found;
}

void add_safety(io::http::Headers& headers) {
  headers.set("x-content-type-options", "nosniff");
  headers.set("referrer-policy", "same-origin");
  headers.set("cross-origin-opener-policy", "same-origin");
  headers.set("cross-origin-resource-policy", "same-origin");
}

Response asset_answer(const ConsoleAsset& asset, const Request& request) {
  Response response;
  add_safety(response.headers);
  response.headers.set("etag", std::string(asset.etag));
  response.headers.set("vary", "accept-encoding");
  const bool is_hashed = asset.path.starts_with("/assets/");
  response.headers.set("cache-control", is_hashed ? "public, max-age=31536000, immutable" : "public, max-age=3600");
  if (matches_etag(request.headers.find("if-none-match"), asset.etag)) {
    response.status = 304;
    return response;
  }
  response.headers.set("content-type", std::string(asset.media_type));
  if (asset.is_gzip) response.headers.set("content-encoding", "gzip");
  response.body = asset.text();
  return response;
}

std::string with_nonce(std::string_view page, std::string_view nonce) {
  std::string text;
  text.reserve(page.size() + 64);
  for (auto at = page.find(nonce_mark); at != std::string_view::npos; at = page.find(nonce_mark)) {
    text.append(page.substr(0, at)).append(nonce);
    page.remove_prefix(at + nonce_mark.size());
  }
  return text.append(page);
}

Response page_answer(std::string_view page) {
  const auto nonce = to_base64(random_bytes(18));
  Response response;
  add_safety(response.headers);
  response.headers.set("content-type", "text/html; charset=utf-8");
  response.headers.set("cache-control", "no-store");
  response.headers.set("permissions-policy", "camera=(), geolocation=(), microphone=()");
  response.headers.set("x-frame-options", "DENY");
  response.headers.set("content-security-policy",
                       fmt::format("default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{}'; "
                                   "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
                                   "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
                                   nonce));
  response.body = with_nonce(page, nonce);
  return response;
}

}  // namespace

std::optional<Response> console_page_from(std::span<const ConsoleAsset> assets, const Request& request) {
  if (request.method != Method::Get && request.method != Method::Head) return std::nullopt;
  if (!request.path.starts_with('/') || is_foreign(request.path)) return std::nullopt;
  if (request.path != "/index.html") {
    const bool wants_gzip = accepts_gzip(request.headers.find("accept-encoding"));
    if (const auto* asset = find_asset(assets, request.path, wants_gzip)) return asset_answer(*asset, request);
    if (names_a_file(request.path)) return std::nullopt;
  }
  const auto* index = find_asset(assets, "/index.html", false);
  return page_answer(index != nullptr ? index->text() : plain_page);
}

std::optional<Response> console_page(const Request& request) { return console_page_from(console_assets, request); }

}  // namespace millwright::app
