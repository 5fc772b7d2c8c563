#include "api/openai/upload.hpp"

#include <array>
#include <charconv>

#include "api/authenticate.hpp"
#include "api/openai/surface.hpp"
#include "base/text.hpp"

namespace millwright::api::openai {
namespace {

constexpr std::size_t form_bytes_max = 1u << 20;     // around the file
constexpr std::size_t field_bytes_max = 1'024;
constexpr std::array<std::string_view, 4> field_names{"purpose", "expires_after[anchor]", "expires_after[seconds]", "file"};
constexpr std::array<std::string_view, 6> purposes{"batch", "user_data", "assistants", "vision", "fine-tune", "evals"};

std::unexpected<Error> too_large(std::uint64_t size_max) {
  auto error = fail(ErrorCode::TooLarge, "a file has at most {}", render_size(size_max));
  error.error().where.field = "file";
  error.error().rule = "files.size";
  return error;
}

}  // namespace

std::shared_ptr<io::http::BodyReader> Upload::choose(const Parts& parts, const io::http::Request& http) {
  if (http.method != io::http::Method::Post || http.path != "/v1/files" || parts.batches == nullptr) return nullptr;
  auto caller = read_caller(http, parts);
  if (!caller) return nullptr;   // the handler says so
  auto boundary = io::http::multipart_boundary(http.headers.find("content-type"));
  if (!boundary) return nullptr;
  return std::make_shared<Upload>(parts.batches->files(), *parts.pool, gateway::response_scope(*caller), *boundary);
}

Upload::Upload(batches::FileStore& files, io::BlockingPool& pool, std::string scope, std::string_view boundary)
    : files_(files),
      pool_(pool),
      size_max_(files.settings().size_max),
      file_(files.make(std::move(scope))),
      parser_(boundary, *this) {}

std::size_t Upload::bytes_max() const { return static_cast<std::size_t>(size_max_) + form_bytes_max; }

io::Task<void> Upload::take(std::string bytes) {
  if (error_) co_return;
  auto work = [self = shared_from_this(), bytes = std::move(bytes)]() { return self->parser_.feed(bytes); };
  auto fed = co_await io::run_blocking(pool_, std::move(work));
  if (!fed) error_ = std::move(fed.error());
}

Result<void> Upload::begin(const io::http::MultipartPart& part) {
  if (std::ranges::find(field_names, part.name) == field_names.end()) {
    return gateway::field_error(part.name, "there is no such field; a file comes with purpose and expires_after only");
  }
  if (part.name == "file") {
    if (!part.filename) return gateway::field_error("file", "the file has no file name");
    if (filename_) return gateway::field_error("file", "one file is uploaded at a time");
    filename_ = part.filename;
    field_ = nullptr;
    return {};
  }
  const auto [field, is_new] = fields_.try_emplace(part.name);
  if (!is_new) return gateway::field_error(part.name, "the field is given twice");
  field_ = &field->second;
  return {};
}

Result<void> Upload::data(std::string_view bytes) {
  if (field_ == nullptr) {
    if (file_->writer.size() + bytes.size() > size_max_) return too_large(size_max_);
    return file_->writer.write(bytes);
  }
  if (field_->size() + bytes.size() > field_bytes_max) {
    return gateway::field_error("purpose", "a field of the form is longer than 1,024 bytes");
  }
  field_->append(bytes);
  return {};
}

Result<std::optional<Duration>> Upload::expires_after() const {
  const auto anchor = fields_.find("expires_after[anchor]");
  const auto seconds = fields_.find("expires_after[seconds]");
  if (anchor == fields_.end() && seconds == fields_.end()) return std::nullopt;
  if (anchor == fields_.end() || anchor->second != "created_at") {
    return gateway::field_error("expires_after[anchor]", "the anchor must be \"created_at\"");
  }
  std::int64_t value = 0;
  const auto text = seconds == fields_.end() ? std::string() : seconds->second;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size() || value < 3'600 || value > 2'592'000) {
    return gateway::field_error("expires_after[seconds]", "it must be a number of seconds from 3600 to 2592000");
  }
  return std::chrono::seconds(value);
}

Result<batches::FileRecord> Upload::finish() {
  if (error_) return std::unexpected(std::move(*error_));
  auto complete = parser_.finish();
  if (!complete) return pass(complete);
  const auto purpose = fields_.find("purpose");
  if (purpose == fields_.end()) return gateway::field_error("purpose", "the purpose of the file is missing");
  if (std::ranges::find(purposes, purpose->second) == purposes.end()) {
    return gateway::field_error("purpose", fmt::format("it must be one of {}", fmt::join(purposes, ", ")));
  }
  if (!filename_) return gateway::field_error("file", "the file is missing");
  auto time = expires_after();
  if (!time) return pass(time);
  return files_.keep(*file_, purpose->second, *filename_, *time);
}

}  // namespace millwright::api::openai
