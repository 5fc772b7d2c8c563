#include "io/http/multipart.hpp"

#include <algorithm>

#include "base/id.hpp"
#include "base/text.hpp"

namespace millwright::io::http {
namespace {

std::unexpected<Error> refuse(ErrorCode code, std::string field, std::string message) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  error.where.source = "request body";
  error.where.field = std::move(field);
  error.fix = "Send multipart/form-data as RFC 7578 has it.";
  return std::unexpected(std::move(error));
}
std::unexpected<Error> malformed(std::string message) { return refuse(ErrorCode::InvalidInput, {}, std::move(message)); }

bool is_boundary_char(char c) {
  const bool is_alnum = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
  return is_alnum || std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
}

/// One `; name=value` of a header, value a token or a quoted string without escapes of its own; moves `rest` behind it.
struct Parameter {
  std::string_view name, value;
};
std::optional<Parameter> next_parameter(std::string_view& rest) {
  rest = trimmed(rest);
  if (rest.empty() || rest.front() != ';') return std::nullopt;
  rest = trimmed(rest.substr(1));
  const auto equals = rest.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  Parameter parameter{trimmed(rest.substr(0, equals)), {}};
  rest = rest.substr(equals + 1);
  if (!rest.empty() && rest.front() == '"') {
    std::size_t end = 1;
    while (end < rest.size() && rest[end] != '"') end += rest[end] == '\\' ? 2 : 1;
    if (end >= rest.size()) return std::nullopt;
    parameter.value = rest.substr(1, end - 1);
    rest = rest.substr(end + 1);
  } else {
    const auto end = std::min(rest.find(';'), rest.size());
    parameter.value = trimmed(rest.substr(0, end));
    if (parameter.value.find_first_of("\"\\") != std::string_view::npos) return std::nullopt;
    rest = rest.substr(end);
  }
  return parameter;
}

Result<std::string> boundary_of(std::string_view content_type) {
  auto rest = content_type.substr(std::min(content_type.find(';'), content_type.size()));
  std::string boundary;
  while (!trimmed(rest).empty()) {
    const auto parameter = next_parameter(rest);
    if (!parameter) return malformed("the parameters of Content-Type are malformed");
    if (!equal_ignoring_case(parameter->name, "boundary")) continue;
    if (!boundary.empty()) return malformed("Content-Type names two boundaries");
    boundary = parameter->value;
  }
  const bool is_usable = !boundary.empty() && boundary.size() <= 70 && boundary.back() != ' ' &&
                         std::ranges::all_of(boundary, is_boundary_char);
  if (!is_usable) return malformed("Content-Type names no boundary of 1 to 70 characters");
  return boundary;
}

Result<void> read_disposition(std::string_view value, FormPart& part) {
  auto rest = value.substr(std::min(value.find(';'), value.size()));
  if (!equal_ignoring_case(trimmed(value.substr(0, value.find(';'))), "form-data")) {
    return malformed("a part's Content-Disposition is not form-data");
  }
  bool has_name = false;
  while (!trimmed(rest).empty()) {
    const auto parameter = next_parameter(rest);
    if (!parameter) return malformed("a part's Content-Disposition is malformed");
    if (equal_ignoring_case(parameter->name, "name")) {
      if (has_name) return malformed("a part has two names");
      has_name = true;
      part.name = parameter->value;
    } else if (equal_ignoring_case(parameter->name, "filename")) {
      if (part.file_name) return refuse(ErrorCode::InvalidInput, part.name, "a part has two file names");
      part.file_name = parameter->value;
    }
  }
  if (part.name.empty()) return malformed("a part has no name");
  if (first_invalid_utf8(part.name)) return malformed("the name of a part is not UTF-8");
  return {};
}

Result<void> read_part_header(std::string_view line, FormPart& part, bool& has_disposition) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return malformed("a part has a header line without a name");
  const auto name = line.substr(0, colon);
  const auto value = trimmed(line.substr(colon + 1));
  if (std::ranges::any_of(line, [](char c) { return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7f; })) {
    return malformed("a part has a control character in its headers");
  }
  if (equal_ignoring_case(name, "content-disposition")) {
    if (has_disposition) return malformed("a part has two Content-Dispositions");
    has_disposition = true;
    return read_disposition(value, part);
  }
  if (equal_ignoring_case(name, "content-type")) {
    part.content_type = value;
  } else if (equal_ignoring_case(name, "content-transfer-encoding")) {
    const bool is_plain = equal_ignoring_case(value, "binary") || equal_ignoring_case(value, "8bit") ||
                          equal_ignoring_case(value, "7bit");
    if (!is_plain) return malformed("a part has a transfer encoding, which forms do not have");
  }
  return {};
}

/// Reads the header lines at the front of `rest` and leaves the content there.
Result<void> read_part_headers(std::string_view& rest, FormPart& part, const FormLimits& limits) {
  std::size_t bytes = 0;
  bool has_disposition = false;
  for (;;) {
    const auto end = rest.substr(0, limits.part_header_bytes_max + 2).find("\r\n");
    if (end == std::string_view::npos) return malformed("the headers of a part do not end");
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    if (line.empty()) break;
    bytes += line.size();
    if (bytes > limits.part_header_bytes_max) return malformed("the headers of a part are too long");
    auto read = read_part_header(line, part, has_disposition);
    if (!read) return read;
  }
  if (!has_disposition) return malformed("a part has no Content-Disposition");
  return {};
}

}  // namespace

bool is_form(std::string_view content_type) {
  return equal_ignoring_case(trimmed(content_type.substr(0, content_type.find(';'))), "multipart/form-data");
}

Result<Form> parse_form(std::string_view content_type, std::string body, const FormLimits& limits) {
  if (!is_form(content_type)) return malformed("the body is not multipart/form-data");
  auto boundary = boundary_of(content_type);
  if (!boundary) return pass(boundary);
  Form form;
  form.bytes = std::make_shared<const std::string>(std::move(body));
  const std::string delimiter = "\r\n--" + *boundary;
  std::string_view rest(*form.bytes);
  if (!rest.starts_with(std::string_view(delimiter).substr(2))) {
    return malformed("the form does not begin with its boundary");
  }
  rest.remove_prefix(delimiter.size() - 2);
  while (!rest.starts_with("--")) {
    if (!rest.starts_with("\r\n")) return malformed("a boundary is followed by other text");
    rest.remove_prefix(2);
    if (form.parts.size() == limits.parts_max) {
      return refuse(ErrorCode::TooLarge, {}, fmt::format("a form has at most {} parts", limits.parts_max));
    }
    FormPart part;
    auto read = read_part_headers(rest, part, limits);
    if (!read) return pass(read);
    // The content may be empty: its boundary then begins with the line end behind the headers.
    const auto end = rest.find(delimiter);
    if (end == std::string_view::npos) return refuse(ErrorCode::InvalidInput, part.name, "the form ends within a part");
    part.content = rest.substr(0, end);
    if (!part.file_name && part.content.size() > limits.field_bytes_max) {
      return refuse(ErrorCode::TooLarge, part.name, fmt::format("a field has at most {}", render_size(limits.field_bytes_max)));
    }
    rest.remove_prefix(end + delimiter.size());
    form.parts.push_back(std::move(part));
  }
  rest.remove_prefix(2);
  if (!rest.empty() && rest != "\r\n") return malformed("text follows the end of the form");
  return form;
}

void append_form_part(std::string& body, std::string_view boundary, const FormPart& part) {
  body.append("--").append(boundary).append("\r\nContent-Disposition: form-data; name=\"");
  body.append(part.name).append("\"");
  if (part.file_name) body.append("; filename=\"").append(*part.file_name).append("\"");
  if (!part.content_type.empty()) body.append("\r\nContent-Type: ").append(part.content_type);
  body.append("\r\n\r\n").append(part.content).append("\r\n");
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
