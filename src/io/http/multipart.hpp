// Forms with files (RFC 7578): read strictly from a body that is here whole, and written again byte for byte.
//
// What two parsers could read differently is refused: text before the first boundary, a boundary that is not a line of its
// own, a part without a name, transfer encodings.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace millwright::io::http {

struct FormLimits {
  std::size_t parts_max = 256;
  std::size_t part_header_bytes_max = 4u << 10;
  std::size_t field_bytes_max = 1u << 20;   // of a part that is no file
};

struct FormPart {
  std::string name;                        // as written between the quotes
  std::optional<std::string> file_name;    // set: a file; as written between the quotes
  std::string content_type;                // empty when not said
  std::string_view content;                // part of Form::bytes
};

/// Copies share the bytes.
struct Form {
  std::shared_ptr<const std::string> bytes;
  std::vector<FormPart> parts;             // in order of arrival
};

/// `content_type` is the request's header, with its boundary. InvalidInput says what is wrong and names the part where it
/// is known; TooLarge for what is beyond the limits.
[[nodiscard]] Result<Form> parse_form(std::string_view content_type, std::string body, const FormLimits& limits = {});
/// True for multipart/form-data, whatever its parameters.
[[nodiscard]] bool is_form(std::string_view content_type);

/// Appends one part to a body; `boundary` must not occur in the content; names stand as parse_form gave them.
void append_form_part(std::string& body, std::string_view boundary, const FormPart& part);
void append_form_end(std::string& body, std::string_view boundary);
/// A boundary that none of the contents holds.
[[nodiscard]] std::string choose_boundary(const std::vector<std::string_view>& contents);

}  // namespace millwright::io::http
