#include "io/http/form.hpp"

#include <algorithm>

#include "base/id.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace millwright::io::http {
namespace {

constexpr std::size_t slice_bytes = 256u << 10;  // fed at once: what the parser holds beside the body

class Collector final : public MultipartSink {
 public:
  explicit Collector(FormLimits limits) : limits_(limits) {}
  [[nodiscard]] Result<void> begin(const MultipartPart& part) override {
    form.push_back({part.name, part.filename, part.content_type, {}});
    return {};
  }
  [[nodiscard]] Result<void> data(std::string_view bytes) override {
    auto& part = form.back();
    part.content += bytes;
    if (part.file_name || part.content.size() <= limits_.field_bytes_max) return {};
    auto error = fail(ErrorCode::TooLarge, "a field has at most {}", render_size(limits_.field_bytes_max));
    error.error().where.source = "request body";
    error.error().where.field = part.name;
    return error;
  }
  [[nodiscard]] Result<void> end() override { return {}; }

  Form form;

 private:
  FormLimits limits_;
};

std::string escaped(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (c == '"')
      text += "%22";
    else if (c == '\r')
      text += "%0D";
    else if (c == '\n')
      text += "%0A";
    else
      text.push_back(c);
  }
  return text;
}

}  // namespace

bool is_form(std::string_view content_type) {
  return equal_ignoring_case(trimmed(content_type.substr(0, content_type.find(';'))), "multipart/form-data");
}

Result<Form> parse_form(std::string_view content_type, std::string body, FormLimits limits) {
  auto boundary = multipart_boundary(content_type);
  if (!boundary) return pass(boundary);
  Collector collector(limits);
  MultipartParser parser(*boundary, collector, {.parts_max = limits.parts_max});
  for (std::size_t at = 0; at < body.size(); at += slice_bytes) {
    auto fed = parser.feed(std::string_view(body).substr(at, slice_bytes));
    if (!fed) return pass(fed);
  }
  auto finished = parser.finish();
  if (!finished) return pass(finished);
  return std::move(collector.form);
}

void append_form_part(std::string& body, std::string_view boundary, const FormPart& part, std::string_view content) {
  body.append("--").append(boundary).append("\r\nContent-Disposition: form-data; name=\"");
  body.append(escaped(part.name)).append("\"");
  if (part.file_name) body.append("; filename=\"").append(escaped(*part.file_name)).append("\"");
  if (!part.content_type.empty()) body.append("\r\nContent-Type: ").append(part.content_type);
  body.append("\r\n\r\n").append(content).append("\r\n");
}

void append_form_end(std::string& body, std::string_view boundary) {
  body.append("--").append(boundary).append("--\r\n");
}

std::string choose_boundary(const std::vector<std::string_view>& contents) {
  for (;;) {
    auto boundary = "millwright-" + Id::generate().text();
    const bool is_free = std::ranges::none_of(
        contents, [&](std::string_view content) { return content.find(boundary) != std::string_view::npos; });
    if (is_free) return boundary;
  }
}

}  // namespace millwright::io::http
