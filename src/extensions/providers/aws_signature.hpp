// AWS Signature Version 4: pure, without a clock or a network of its own.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
#pragma once

#include <string>
#include <string_view>

#include "base/time.hpp"
#include "io/http/message.hpp"

namespace millwright::extensions {

struct AwsCredentials {
  std::string access_key_id, secret_access_key;
  std::string session_token;  // of temporary credentials; else empty
  bool operator==(const AwsCredentials&) const = default;
};

/// What is signed, as it goes over the wire.
struct AwsRequest {
  std::string_view method = "POST";
  std::string_view host;   // exactly as in the Host header that reaches the service
  std::string_view path;   // percent-encoded once, as sent; "" means "/"
  std::string_view query;  // in canonical order and encoding; usually none
  std::string_view body;
  std::string_view region, service;
};

/// Adds X-Amz-Date, X-Amz-Security-Token where there is one, and Authorization. Signs those, Host and Content-Type.
void sign_aws_request(const AwsRequest& request, const AwsCredentials& credentials, Timestamp now,
                      io::http::Headers& headers);

/// The path of the canonical request: what is sent, each segment encoded once more, as every service but S3 wants it.
[[nodiscard]] std::string aws_canonical_path(std::string_view path);

}  // namespace millwright::extensions
