#include "extensions/providers/google_token.hpp"

namespace millwright::extensions {
namespace {

io::Task<Result<RenewedToken::Fetched>> request_token(std::shared_ptr<const GoogleKey> key, io::http::Client& client,
                                                      const Clock& clock) {
  auto assertion = key->sign_assertion(clock.now());
  if (!assertion) co_return pass(assertion);
  auto token = co_await request_access_token(
      client, key->token_origin(), key->token_path(),
      "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" + *assertion, "the service account",
      "An administrator must check the service account's key.", clock);
  co_return token;
}

}  // namespace

GoogleTokens::GoogleTokens(GoogleKey key, io::http::Client& client, const Clock& clock)
    : key_(std::make_shared<const GoogleKey>(std::move(key))),
      tokens_(
          "the service account's token", [key = key_, &client, &clock]() { return request_token(key, client, clock); },
          clock) {}

}  // namespace millwright::extensions
