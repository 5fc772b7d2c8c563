// A certificate authority of the test's own and a server certificate it signed.
#pragma once

#include <filesystem>
#include <string>

namespace millwright::test {

struct CertificateFiles {
  std::string authority_file;     // what a client trusts
  std::string certificate_file;   // what a server shows
  std::string key_file;
  std::string client_certificate_file, client_key_file;   // signed by the same authority, common name "Test Client"
};
enum class Validity { Now, Past };

/// `names` as in a subjectAltName: "DNS:localhost,IP:127.0.0.1".
[[nodiscard]] CertificateFiles make_certificate(const std::filesystem::path& folder, const std::string& names,
                                                Validity validity = Validity::Now);

}  // namespace millwright::test
