#include "extensions/providers/aws_signature.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "extensions/providers/percent.hpp"

namespace millwright::extensions {
namespace {

/// "20150830T123600Z".
std::string amazon_date(Timestamp now) {
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(now - day));
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                     time.minutes().count(), time.seconds().count());
}

std::string raw_hmac(std::string_view key, std::string_view message) {
  const auto digest = hmac_sha256(key, message);
  return {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()};
}

std::string signing_key(const AwsCredentials& credentials, std::string_view day, const AwsRequest& request) {
  auto key = raw_hmac("AWS4" + credentials.secret_access_key, day);
  for (const auto part : {request.region, request.service, std::string_view("aws4_request")}) key = raw_hmac(key, part);
  return key;
}

/// Lower-case name and value of each header that is signed, by name.
std::vector<std::pair<std::string, std::string>> signed_headers(std::string_view host,
                                                                const io::http::Headers& headers) {
  std::vector<std::pair<std::string, std::string>> fields{{"host", std::string(host)}};
  for (const auto& field : headers) {
    auto name = to_lower_ascii(field.name);
    if (name == "content-type" || name.starts_with("x-amz-")) {
      fields.emplace_back(std::move(name), collapsed_whitespace(field.value));
    }
  }
  std::ranges::sort(fields);
  return fields;
}

}  // namespace

std::string aws_canonical_path(std::string_view path) {
  std::string canonical;
  for (const auto segment : split(path.starts_with('/') ? path.substr(1) : path, '/')) {
    canonical += '/';
    canonical += percent_encoded(segment);
  }
  return canonical;
}

void sign_aws_request(const AwsRequest& request, const AwsCredentials& credentials, Timestamp now,
                      io::http::Headers& headers) {
  const auto date = amazon_date(now);
  const auto day = std::string_view(date).substr(0, 8);
  headers.set("X-Amz-Date", date);
  if (credentials.session_token.empty())
    headers.remove("X-Amz-Security-Token");
  else
    headers.set("X-Amz-Security-Token", credentials.session_token);
  std::string names, lines;
  for (const auto& [name, value] : signed_headers(request.host, headers)) {
    if (!names.empty()) names += ';';
    names += name;
    lines += fmt::format("{}:{}\n", name, value);
  }
  const auto canonical = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, aws_canonical_path(request.path),
                                     request.query, lines, names, sha256(request.body).text());
  const auto scope = fmt::format("{}/{}/{}/aws4_request", day, request.region, request.service);
  const auto to_sign = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", date, scope, sha256(canonical).text());
  const auto signature = hmac_sha256(signing_key(credentials, day, request), to_sign).text();
  headers.set("Authorization", fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                                           credentials.access_key_id, scope, names, signature));
}

}  // namespace millwright::extensions
