// Fuzzes the parser of forms: what it takes, written again, reads the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "io/http/multipart.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace millwright::io::http;
  if (size > (64u << 10)) return 0;
  // The first line is the Content-Type, the rest is the body.
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto end = bytes.find('\n');
  if (end == std::string_view::npos) return 0;
  auto form = parse_form(bytes.substr(0, end), std::string(bytes.substr(end + 1)), {16, 512, 4096});
  if (!form) return 0;
  std::vector<std::string_view> contents;
  for (const auto& part : form->parts) contents.push_back(part.content);
  const auto boundary = choose_boundary(contents);
  std::string body;
  for (const auto& part : form->parts) append_form_part(body, boundary, part);
  append_form_end(body, boundary);
  auto again = parse_form("multipart/form-data; boundary=" + boundary, body, {16, 4096, 4096});
  if (!again || again->parts.size() != form->parts.size()) std::abort();
  for (std::size_t i = 0; i < form->parts.size(); ++i) {
    const auto& before = form->parts[i];
    const auto& after = again->parts[i];
    if (before.content != after.content || before.content_type != after.content_type) std::abort();
    if (before.file_name.has_value() != after.file_name.has_value()) std::abort();
  }
  return 0;
}
