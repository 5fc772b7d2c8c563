#include "store/vault/vault.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <thread>

#include "store/private_file.hpp"
#include "tests/support/temp_directory.hpp"

namespace millwright::store {
namespace {

const std::string key_a(32, 'a');
const std::string key_b(32, 'b');

std::unique_ptr<Vault> vault_of(std::string_view key) {
  auto vault = Vault::open(key);
  EXPECT_TRUE(vault) << describe(vault.error());
  return std::move(*vault);
}

TEST(VaultTest, WhatIsSealedOpensAgain) {
  const auto vault = vault_of(key_a);
  for (const std::string& plain :
       {std::string(), std::string("x"), std::string("\0\1\2", 3), std::string(100'000, 'y')}) {
    auto sealed = vault->seal(plain, "here");
    ASSERT_TRUE(sealed);
    EXPECT_EQ(sealed->find(plain.empty() ? "here" : plain.substr(0, 3)) != std::string::npos && plain.size() > 2,
              false);
    auto opened = vault->unseal(*sealed, "here");
    ASSERT_TRUE(opened);
    EXPECT_EQ(*opened, plain);
  }
}

TEST(VaultTest, EverySealIsDifferent) {
  const auto vault = vault_of(key_a);
  EXPECT_NE(*vault->seal("x", "c"), *vault->seal("x", "c"));
}

TEST(VaultTest, EveryAlteredByteIsNoticed) {
  const auto vault = vault_of(key_a);
  const std::string sealed = *vault->seal("secret", "here");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string altered = sealed;
    altered[i] = static_cast<char>(altered[i] ^ 0x40);
    auto opened = vault->unseal(altered, "here");
    ASSERT_FALSE(opened) << "byte " << i;
    EXPECT_EQ(opened.error().code, ErrorCode::Corrupt);
  }
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(vault->unseal(std::string_view(sealed).substr(0, size), "here")) << size;
  }
  EXPECT_FALSE(vault->unseal(sealed + "x", "here"));
}

TEST(VaultTest, ARecordCannotBeMovedNorOpenedWithAnotherKey) {
  const std::string sealed = *vault_of(key_a)->seal("secret", "here");
  EXPECT_FALSE(vault_of(key_a)->unseal(sealed, "there"));
  EXPECT_FALSE(vault_of(key_b)->unseal(sealed, "here"));
  EXPECT_TRUE(vault_of(key_a)->unseal(sealed, "here"));
}

TEST(VaultTest, DerivedKeysDependOnKeyAndPurpose) {
  const auto vault = vault_of(key_a);
  EXPECT_EQ(vault->derive_key("x").size(), 32U);
  EXPECT_EQ(vault->derive_key("x"), vault_of(key_a)->derive_key("x"));
  EXPECT_NE(vault->derive_key("x"), vault->derive_key("y"));
  EXPECT_NE(vault->derive_key("x"), vault_of(key_b)->derive_key("x"));
}

TEST(VaultTest, AKeyMayBeWrittenInHexOrBase64) {
  const std::string sealed = *vault_of(key_a)->seal("secret", "here");
  EXPECT_TRUE(vault_of("6161616161616161616161616161616161616161616161616161616161616161")->unseal(sealed, "here"));
  EXPECT_TRUE(vault_of("YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=")->unseal(sealed, "here"));
}

TEST(VaultTest, APassphraseNeedsItsSalt) {
  EXPECT_FALSE(Vault::open("correct horse"));
  EXPECT_FALSE(Vault::open(""));
  const std::string salt(16, 's');
  auto vault = Vault::open("correct horse", salt);
  ASSERT_TRUE(vault);
  const std::string sealed = *(*vault)->seal("secret", "here");
  EXPECT_TRUE((*Vault::open("correct horse", salt))->unseal(sealed, "here"));
  EXPECT_FALSE((*Vault::open("correct horse", std::string(16, 't')))->unseal(sealed, "here"));
}

TEST(VaultFileTest, TheFirstStartMakesAPrivateKeyAndTheNextUsesIt) {
  test::TempDirectory directory;
  const std::string data = (directory.path() / "data").string();
  auto first = Vault::open_or_create(data, {});
  ASSERT_TRUE(first) << describe(first.error());
  const std::string sealed = *(*first)->seal("secret", "here");
  struct stat status {};
  ASSERT_EQ(::stat((data + "/vault.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  auto second = Vault::open_or_create(data, {});
  ASSERT_TRUE(second);
  EXPECT_EQ(*(*second)->unseal(sealed, "here"), "secret");
}

TEST(VaultFileTest, AWrongKeyIsToldAtStart) {
  test::TempDirectory directory;
  const auto good = directory.write("good", key_a), bad = directory.write("bad", key_b);
  ::chmod(good.c_str(), 0600);
  ::chmod(bad.c_str(), 0600);
  const std::string data = (directory.path() / "data").string();
  ASSERT_TRUE(Vault::open_or_create(data, {.environment = {}, .file = good.string(), .credential = {}}));
  auto refused = Vault::open_or_create(data, {.environment = {}, .file = bad.string(), .credential = {}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::InvalidConfig);
  ASSERT_TRUE(Vault::open_or_create(data, {.environment = {}, .file = good.string(), .credential = {}}));
}

TEST(VaultFileTest, APassphraseWorksAcrossStarts) {
  test::TempDirectory directory;
  const auto file = directory.write("passphrase", "correct horse battery staple\n");
  ::chmod(file.c_str(), 0600);
  const SecretSource source{.environment = {}, .file = file.string(), .credential = {}};
  const std::string data = (directory.path() / "data").string();
  auto first = Vault::open_or_create(data, source);
  ASSERT_TRUE(first);
  const std::string sealed = *(*first)->seal("secret", "here");
  auto second = Vault::open_or_create(data, source);
  ASSERT_TRUE(second);
  EXPECT_EQ(*(*second)->unseal(sealed, "here"), "secret");
}

TEST(VaultFileTest, StartsAtTheSameTimeAgreeOnOneKey) {
  test::TempDirectory directory;
  const std::string data = (directory.path() / "data").string();
  std::vector<std::string> derived(6);
  {
    std::vector<std::jthread> threads;
    for (std::string& key : derived) {
      threads.emplace_back([&key, &data] {
        auto vault = Vault::open_or_create(data, {});
        if (vault) key = (*vault)->derive_key("x");
      });
    }
  }
  EXPECT_EQ(derived[0].size(), 32U);
  for (const std::string& key : derived) EXPECT_EQ(key, derived[0]);
}

TEST(SecretTest, SecretsComeFromFilesEnvironmentAndCredentials) {
  test::TempDirectory directory;
  const auto file = directory.write("secret", "s3cret\n");
  ::chmod(file.c_str(), 0600);
  EXPECT_EQ(load_secret({.environment = {}, .file = file.string(), .credential = {}}).value(), "s3cret");
  ::setenv("MILLWRIGHT_TEST_SECRET", "from environment", 1);
  EXPECT_EQ(load_secret({.environment = "MILLWRIGHT_TEST_SECRET", .file = {}, .credential = {}}).value(),
            "from environment");
  ::setenv("CREDENTIALS_DIRECTORY", directory.path().c_str(), 1);
  EXPECT_EQ(load_secret({.environment = {}, .file = {}, .credential = "secret"}).value(), "s3cret");
  EXPECT_FALSE(load_secret({.environment = {}, .file = {}, .credential = "../secret"}));
  ::unsetenv("CREDENTIALS_DIRECTORY");
  EXPECT_FALSE(load_secret({.environment = {}, .file = {}, .credential = "secret"}));
}

TEST(SecretTest, SecretsThatCannotBeTrustedAreRefused) {
  test::TempDirectory directory;
  struct Case {
    const char* name;
    const char* bytes;
    mode_t mode;
  };
  for (const Case& each : {Case{"world-readable", "x", 0604}, Case{"world-writable", "x", 0602},
                           Case{"group-writable", "x", 0620}, Case{"empty", "", 0600}, Case{"newline", "\n", 0600}}) {
    const auto file = directory.write(each.name, each.bytes);
    ::chmod(file.c_str(), each.mode);
    auto secret = load_secret({.environment = {}, .file = file.string(), .credential = {}});
    ASSERT_FALSE(secret) << each.name;
    EXPECT_EQ(secret.error().code, ErrorCode::InvalidConfig) << each.name;
  }
  EXPECT_FALSE(load_secret({.environment = {}, .file = directory.path().string(), .credential = {}}));
  EXPECT_FALSE(load_secret({.environment = {}, .file = "/nowhere/at/all", .credential = {}}));
  EXPECT_FALSE(load_secret({.environment = "MILLWRIGHT_NOT_SET", .file = {}, .credential = {}}));
  EXPECT_FALSE(load_secret({}));
  EXPECT_FALSE(load_secret({.environment = "A", .file = "B", .credential = {}}));
}

}  // namespace
}  // namespace millwright::store
