#include "tests/support/http_certificate.hpp"

#include <cstdio>
#include <memory>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace millwright::test {
namespace {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Certificate = std::unique_ptr<X509, FreeCertificate>;
using File = std::unique_ptr<std::FILE, CloseFile>;

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  if (extension == nullptr) throw std::runtime_error("bad certificate extension " + value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate make(const std::string& common_name, EVP_PKEY* key, long serial) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

void save(const std::string& path, X509* certificate) {
  const File file(std::fopen(path.c_str(), "w"));
  PEM_write_X509(file.get(), certificate);
}

/// Readable by its owner alone, as secrets must be.
void save_key(const std::string& path, EVP_PKEY* key) {
  {
    const File file(std::fopen(path.c_str(), "w"));
    PEM_write_PrivateKey(file.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  }
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

}  // namespace

CertificateFiles make_certificate(const std::filesystem::path& folder, const std::string& names, Validity validity) {
  const CertificateFiles files{folder / "authority.pem", folder / "server.pem", folder / "server.key",
                               folder / "client.pem", folder / "client.key"};
  const Key authority_key(EVP_EC_gen("P-256"));
  const Key server_key(EVP_EC_gen("P-256"));
  const Certificate authority = make("Test Authority", authority_key.get(), 1);
  X509_set_issuer_name(authority.get(), X509_get_subject_name(authority.get()));
  extend(authority.get(), authority.get(), NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(authority.get(), authority_key.get(), EVP_sha256());
  const Certificate server = make("Test Server", server_key.get(), 2);
  X509_set_issuer_name(server.get(), X509_get_subject_name(authority.get()));
  extend(server.get(), authority.get(), NID_subject_alt_name, names);
  if (validity == Validity::Past) X509_gmtime_adj(X509_getm_notAfter(server.get()), -60);
  X509_sign(server.get(), authority_key.get(), EVP_sha256());
  save(files.authority_file, authority.get());
  save(files.certificate_file, server.get());
  save_key(files.key_file, server_key.get());
  const Key client_key(EVP_EC_gen("P-256"));
  const Certificate client = make("Test Client", client_key.get(), 3);
  X509_set_issuer_name(client.get(), X509_get_subject_name(authority.get()));
  X509_sign(client.get(), authority_key.get(), EVP_sha256());
  save(files.client_certificate_file, client.get());
  save_key(files.client_key_file, client_key.get());
  return files;
}

}  // namespace millwright::test
