#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "store/vault/vault.hpp"

namespace millwright::store {
namespace {

constexpr std::uintmax_t secret_bytes_max = 64u << 10;

Result<std::string> without_newline(std::string secret, const std::string& origin) {
  if (secret.ends_with('\n')) secret.pop_back();
  if (secret.ends_with('\r')) secret.pop_back();
  if (secret.empty()) return fail(ErrorCode::InvalidConfig, "the secret in {} is empty", origin);
  return secret;
}

enum class Permissions : std::uint8_t { Checked, Trusted };

Result<std::string> read_secret_file(const std::string& path, Permissions permissions) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    return fail(ErrorCode::InvalidConfig, "the secret file {} cannot be read: {}", path, std::strerror(errno));
  }
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::InvalidConfig, "the secret file {} is not a file", path);
  if (permissions == Permissions::Checked && (status.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
    auto refused = fail(ErrorCode::InvalidConfig, "the secret file {} is open to others (mode {:04o})", path,
                        status.st_mode & 07777);
    refused.error().fix = fmt::format("Run: chmod 600 {}", path);
    return refused;
  }
  if (static_cast<std::uintmax_t>(status.st_size) > secret_bytes_max) {
    return fail(ErrorCode::TooLarge, "the secret file {} is over 64 KiB", path);
  }
  std::ifstream in(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (!in.good() && !in.eof()) return fail(ErrorCode::InvalidConfig, "the secret file {} cannot be read", path);
  return without_newline(std::move(bytes), path);
}

Result<std::string> read_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return fail(ErrorCode::InvalidConfig, "the environment variable {} is not set", name);
  return without_newline(value, "the environment variable " + name);
}

Result<std::string> read_credential(const std::string& name) {
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr) {
    auto missing = fail(ErrorCode::InvalidConfig, "credential {}: the service was started without credentials", name);
    missing.error().fix = fmt::format("Add LoadCredential={}:/path to the unit.", name);
    return missing;
  }
  if (name.empty() || name.find('/') != std::string::npos || name.starts_with('.')) {
    return fail(ErrorCode::InvalidConfig, "\"{}\" is not the name of a credential", name);
  }
  return read_secret_file((std::filesystem::path(directory) / name).string(), Permissions::Trusted);
}

}  // namespace

Result<std::string> load_secret(const SecretSource& source) {
  const int given = !source.environment.empty() + !source.file.empty() + !source.credential.empty();
  if (given != 1) return fail(ErrorCode::InvalidConfig, "a secret needs exactly one of env, file and cred");
  if (!source.environment.empty()) return read_environment(source.environment);
  if (!source.file.empty()) return read_secret_file(source.file, Permissions::Checked);
  return read_credential(source.credential);
}

}  // namespace millwright::store
