// A service account's key file of Google Cloud, and the signed assertion that is exchanged for an access token.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/time.hpp"
#include "io/http/client.hpp"

struct evp_pkey_st;

namespace millwright::extensions {

/// Immutable after parsing; its private key never leaves it.
class GoogleKey {
 public:
  /// The JSON that Google Cloud hands out for a service account. InvalidConfig says which member is wrong, never what
  /// it holds. Its token_uri must be https, unless it is on this machine.
  [[nodiscard]] static Result<GoogleKey> parse(std::string_view json_text);

  /// A JSON Web Token (RFC 7519, RS256) for one hour, with the scope cloud-platform.
  [[nodiscard]] Result<std::string> sign_assertion(Timestamp now) const;
  [[nodiscard]] const io::http::Origin& token_origin() const { return token_origin_; }
  [[nodiscard]] const std::string& token_path() const { return token_path_; }
  [[nodiscard]] const std::string& project() const { return project_; }  // may be empty

 private:
  struct FreeKey {
    void operator()(evp_pkey_st* key) const;
  };
  std::string email_, key_id_, token_uri_, project_, token_path_;
  io::http::Origin token_origin_;
  std::unique_ptr<evp_pkey_st, FreeKey> key_;
};

}  // namespace millwright::extensions
