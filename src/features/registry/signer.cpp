#include "base/canonical_json.hpp"
#include "base/text.hpp"
#include "features/registry/ecdsa.hpp"
#include "features/registry/registry.hpp"
#include "features/registry/statement.hpp"
#include "store/private_file.hpp"

namespace millwright::registry {
namespace {

constexpr std::string_view key_context = "release signing key";

class EcdsaSigner final : public Signer {
 public:
  EcdsaSigner(KeyHandle key, std::string public_key_pem)
      : key_(std::move(key)), public_key_pem_(std::move(public_key_pem)) {}

  [[nodiscard]] Result<std::string> sign(std::string_view subject, std::vector<Resource> resources,
                                         const json::object& extra) const override {
    auto sorted = ordered(std::move(resources));
    if (!sorted) return pass(sorted);
    auto statement = render_statement(subject, *sorted, extra);
    if (!statement) return pass(statement);
    auto signature = sign_bytes(key_.get(), pre_authentication_encoding(payload_type, *statement));
    if (!signature) return pass(signature);
    return render_canonical_json(json::object{
        {"mediaType", bundle_media_type},
        {"verificationMaterial", {{"publicKey", {{"hint", sha256(public_key_pem_).text()}}},
                                  {"tlogEntries", json::array{}}}},
        {"dsseEnvelope", {{"payload", to_base64(*statement)},
                          {"payloadType", payload_type},
                          {"signatures", json::array{json::object{{"sig", to_base64(*signature)}, {"keyid", ""}}}}}}});
  }

  [[nodiscard]] const std::string& public_key_pem() const override { return public_key_pem_; }

 private:
  KeyHandle key_;
  std::string public_key_pem_;
};

Result<std::string> sealed_new_key(const store::Vault& vault) {
  auto key = generate_key();
  if (!key) return pass(key);
  auto pem = render_private_key(key->get());
  if (!pem) return pem;
  return vault.seal(*pem, key_context);
}

}  // namespace

Result<std::unique_ptr<Signer>> Signer::open(const std::filesystem::path& data_directory, const store::Vault& vault) {
  const auto path = data_directory / "signing.key";
  auto sealed = store::read_file(path);
  if (!sealed && sealed.error().code == ErrorCode::NotFound) {
    auto fresh = sealed_new_key(vault);
    if (!fresh) return pass(fresh);
    sealed = store::create_or_read_file(path, *fresh);
  }
  if (!sealed) return pass(sealed);
  auto pem = vault.unseal(*sealed, key_context);
  if (!pem) return fail(ErrorCode::Corrupt, "{}: {}", path.string(), pem.error().message);
  auto key = parse_private_key(*pem);
  if (!key) return pass(key);
  auto public_key = render_public_key(key->get());
  if (!public_key) return pass(public_key);
  auto written = store::create_or_read_file(data_directory / "signing.pub", *public_key);
  if (!written) return pass(written);
  if (*written != *public_key) {
    return fail(ErrorCode::Corrupt, "signing.pub is not the public half of signing.key");
  }
  return std::make_unique<EcdsaSigner>(std::move(*key), std::move(*public_key));
}

}  // namespace millwright::registry
