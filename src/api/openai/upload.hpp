// The body of POST /v1/files: read as it arrives and sealed on disk, however large the file.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "api/openai/routes.hpp"
#include "features/batches/batches.hpp"
#include "io/http/multipart.hpp"

namespace millwright::api::openai {

class Upload final : public io::http::BodyReader,
                     private io::http::MultipartSink,
                     public std::enable_shared_from_this<Upload> {
 public:
  /// What takes the body of this request when it uploads a file with a key that is known; else nothing.
  [[nodiscard]] static std::shared_ptr<io::http::BodyReader> choose(const Parts& parts, const io::http::Request& http);

  Upload(batches::FileStore& files, io::BlockingPool& pool, std::string scope, std::string_view boundary);
  [[nodiscard]] std::size_t bytes_max() const override;
  [[nodiscard]] io::Task<void> take(std::string bytes) override;

  [[nodiscard]] const std::string& scope() const { return file_->scope; }
  /// After the last byte: keeps the file, or says what was wrong with the request. Blocks.
  [[nodiscard]] Result<batches::FileRecord> finish();

 private:
  [[nodiscard]] Result<void> begin(const io::http::MultipartPart& part) override;
  [[nodiscard]] Result<void> data(std::string_view bytes) override;
  [[nodiscard]] Result<void> end() override { return {}; }
  [[nodiscard]] Result<std::optional<Duration>> expires_after() const;

  batches::FileStore& files_;
  io::BlockingPool& pool_;
  std::uint64_t size_max_;
  std::unique_ptr<batches::NewFile> file_;
  io::http::MultipartParser parser_;
  std::optional<Error> error_;
  std::optional<std::string> filename_;
  std::map<std::string, std::string, std::less<>> fields_;
  std::string* field_ = nullptr;   // being read; nothing: the file
};

}  // namespace millwright::api::openai
