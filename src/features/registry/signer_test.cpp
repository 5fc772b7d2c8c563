#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/canonical_json.hpp"
#include "base/text.hpp"
#include "features/registry/ecdsa.hpp"
#include "features/registry/registry.hpp"
#include "features/registry/statement.hpp"
#include "tests/support/temp_directory.hpp"

namespace millwright::registry {
namespace {

std::vector<Resource> three() {
  return {{"route.json", sha256("route")}, {"prompt.md", sha256("prompt")}, {"index/part", sha256("index")}};
}

class SignerTest : public testing::Test {
 protected:
  SignerTest() : vault_(std::move(store::Vault::open(std::string(32, 'k')).value())), signer_(open(directory_)) {
    bundle_ = signer_->sign("helpdesk-7", three(), {{"gates", "pass"}}).value();
  }

  std::unique_ptr<Signer> open(const test::TempDirectory& directory) {
    auto opened = Signer::open(directory.path(), *vault_);
    EXPECT_TRUE(opened) << describe(opened.error());
    return std::move(*opened);
  }
  Result<VerifiedBundle> verify(std::string_view bundle, std::vector<Resource> resources = three()) const {
    return verify_bundle(bundle, signer_->public_key_pem(), std::move(resources));
  }
  /// The bundle with its statement replaced and, when `key` is given, signed anew.
  std::string with_statement(const std::string& statement, evp_pkey_st* key = nullptr) const {
    json::object bundle = parse_json_object(bundle_).value();
    json::object& envelope = bundle["dsseEnvelope"].as_object();
    envelope["payload"] = to_base64(statement);
    if (key != nullptr) {
      const std::string signature = sign_bytes(key, pre_authentication_encoding(payload_type, statement)).value();
      envelope["signatures"].as_array()[0].as_object()["sig"] = to_base64(signature);
    }
    return render_canonical_json(bundle);
  }
  std::string statement() const {
    const json::object bundle = parse_json_object(bundle_).value();
    return from_base64(string_member(bundle.at("dsseEnvelope").as_object(), "payload")).value();
  }

  test::TempDirectory directory_;
  std::unique_ptr<store::Vault> vault_;
  std::unique_ptr<Signer> signer_;
  std::string bundle_;
};

TEST_F(SignerTest, WhatIsSignedVerifies) {
  auto verified = verify(bundle_);
  ASSERT_TRUE(verified) << describe(verified.error());
  EXPECT_EQ(verified->subject, "helpdesk-7");
  EXPECT_EQ(verified->extra.at("gates"), "pass");
  ASSERT_EQ(verified->resources.size(), 3U);
  EXPECT_EQ(verified->resources[0].name, "index/part");
  EXPECT_EQ(verified->key_hint, sha256(signer_->public_key_pem()).text());
}

TEST_F(SignerTest, TheBundleHasTheShapeOfTheStandard) {
  const json::value bundle = parse_json(bundle_).value();
  EXPECT_EQ(bundle.at("mediaType"), "application/vnd.dev.sigstore.bundle.v0.3+json");
  EXPECT_EQ(bundle.at_pointer("/dsseEnvelope/payloadType"), "application/vnd.in-toto+json");
  EXPECT_EQ(bundle.at_pointer("/verificationMaterial/publicKey/hint").as_string(),
            sha256(signer_->public_key_pem()).text());
  const json::value told = parse_json(statement()).value();
  EXPECT_EQ(told.at("_type"), "https://in-toto.io/Statement/v1");
  EXPECT_EQ(told.at("predicateType"), "https://model_signing/signature/v1.0");
  EXPECT_EQ(told.at_pointer("/predicate/serialization/method"), "files");
  EXPECT_EQ(told.at_pointer("/predicate/resources/1/name"), "prompt.md");
  EXPECT_EQ(told.at_pointer("/predicate/resources/1/digest").as_string(), sha256("prompt").text());
  std::string raw;
  for (const char* part : {"index", "prompt", "route"}) raw += from_hex(sha256(part).text()).value();
  EXPECT_EQ(told.at_pointer("/subject/0/digest/sha256").as_string(), sha256(raw).text());
}

TEST_F(SignerTest, TheEncodingIsThatOfDsse) {
  EXPECT_EQ(pre_authentication_encoding("http://example.com/HelloWorld", "hello world"),
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
}

TEST_F(SignerTest, EveryChangedResourceIsNamed) {
  struct Case {
    const char* name;
    std::vector<Resource> resources;
    const char* says;
  };
  auto changed = three(), missing = three(), extra = three(), renamed = three();
  changed[1].digest = sha256("another prompt");
  missing.erase(missing.begin() + 1);
  extra.push_back({"evil.so", sha256("evil")});
  renamed[1].name = "prompt2.md";
  for (const auto& [name, resources, says] :
       {Case{"changed", changed, "\"prompt.md\" was changed"},
        Case{"missing", missing, "\"prompt.md\" was signed, but is missing"},
        Case{"extra", extra, "\"evil.so\" is there, but the signature does not cover it"},
        Case{"renamed", renamed, "prompt.md"}}) {
    auto verified = verify(bundle_, resources);
    ASSERT_FALSE(verified) << name;
    EXPECT_EQ(verified.error().code, ErrorCode::Corrupt) << name;
    EXPECT_NE(verified.error().message.find(says), std::string::npos) << verified.error().message;
  }
}

TEST_F(SignerTest, EveryChangedByteOfTheStatementIsNoticed) {
  const std::string good = statement();
  for (std::size_t i = 0; i < good.size(); i += 7) {
    std::string altered = good;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    auto verified = verify(with_statement(altered));
    ASSERT_FALSE(verified) << "byte " << i;
    EXPECT_NE(verified.error().message.find("the signed statement was altered"), std::string::npos);
  }
  EXPECT_TRUE(verify(with_statement(good)));
}

TEST_F(SignerTest, ASignatureOfAnotherKeyIsForbidden) {
  test::TempDirectory elsewhere;
  const auto other = open(elsewhere);
  EXPECT_NE(other->public_key_pem(), signer_->public_key_pem());
  auto verified = verify_bundle(bundle_, other->public_key_pem(), three());
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, ErrorCode::Forbidden);
  EXPECT_NE(verified.error().message.find("another key"), std::string::npos);
}

TEST_F(SignerTest, ASignedStatementMustStillBeTrueToItself) {
  const auto key = generate_key().value();
  const std::string pem = render_public_key(key.get()).value();
  const std::string good = statement();
  const auto replaced = [&good](std::string_view from, std::string_view to) {
    std::string text = good;
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  };
  ASSERT_TRUE(verify_bundle(with_statement(good, key.get()), pem, three()));
  for (const std::string& bad :
       {replaced("in-toto.io/Statement/v1", "in-toto.io/Statement/v9"), replaced("model_signing/signature", "slsa"),
        replaced("\"sha256\":\"", "\"sha256\":\"0"), replaced("\"index/part\"", "\"../part\""),
        replaced("\"index/part\"", "\"zzz\""), replaced("\"prompt.md\"", "\"index/part\""),
        replaced("\"resources\"", "\"nothing\""), std::string("[]"), std::string("{}"), std::string("not json")}) {
    auto verified = verify_bundle(with_statement(bad, key.get()), pem, three());
    ASSERT_FALSE(verified) << bad;
    EXPECT_EQ(verified.error().code, ErrorCode::Corrupt) << bad;
    EXPECT_NE(verified.error().message.find("malformed"), std::string::npos) << verified.error().message;
  }
}

TEST_F(SignerTest, BundlesThatAreNoneAreRefused) {
  const auto replaced = [this](std::string_view from, std::string_view to) {
    std::string text = bundle_;
    return text.replace(text.find(from), from.size(), to);
  };
  for (const std::string& bad : {std::string(), std::string("{}"), std::string("null"),
                                 bundle_.substr(0, bundle_.size() / 2), replaced("bundle.v0.3", "bundle.v9"),
                                 replaced("vnd.in-toto", "vnd.other"), replaced("\"sig\":\"", "\"sig\":\"!"),
                                 replaced("\"payload\":\"", "\"payload\":\"!"), replaced("\"signatures\"", "\"x\"")}) {
    auto verified = verify(bad);
    ASSERT_FALSE(verified) << bad;
    EXPECT_EQ(verified.error().code, ErrorCode::Corrupt) << bad;
  }
  EXPECT_EQ(verify_bundle(bundle_, "no key", three()).error().code, ErrorCode::InvalidInput);
}

TEST_F(SignerTest, WhatCannotBeSignedIsRefused) {
  const Digest digest = sha256("x");
  EXPECT_FALSE(signer_->sign("", three(), {}));
  EXPECT_FALSE(signer_->sign("x", {}, {}));
  EXPECT_FALSE(signer_->sign("x", three(), {{"resources", 1}}));
  EXPECT_FALSE(signer_->sign("x", {{"a", digest}, {"a", digest}}, {}));
  for (const char* name : {"", "/etc/passwd", "a/../b", "a//b", ".", "a\\b", "\xff"}) {
    EXPECT_FALSE(signer_->sign("x", {{name, digest}}, {})) << name;
  }
}

TEST_F(SignerTest, TheKeyStaysAndIsSealed) {
  EXPECT_EQ(open(directory_)->public_key_pem(), signer_->public_key_pem());
  std::ifstream in(directory_.path() / "signing.key");
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(bytes.find("PRIVATE KEY"), std::string::npos);
  struct stat status {};
  ASSERT_EQ(::stat((directory_.path() / "signing.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  auto other = std::move(store::Vault::open(std::string(32, 'o')).value());
  EXPECT_EQ(Signer::open(directory_.path(), *other).error().code, ErrorCode::Corrupt);
}

TEST_F(SignerTest, AnExchangedPublicKeyIsNoticed) {
  test::TempDirectory elsewhere;
  const auto other = open(elsewhere);
  std::ofstream(directory_.path() / "signing.pub") << other->public_key_pem();
  EXPECT_EQ(Signer::open(directory_.path(), *vault_).error().code, ErrorCode::Corrupt);
}

}  // namespace
}  // namespace millwright::registry
