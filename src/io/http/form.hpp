// A whole form with its files, read from a body that is here, and written again with every file byte for byte.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/http/multipart.hpp"

namespace millwright::io::http {

struct FormPart {
  std::string name;
  std::optional<std::string> file_name;  // set: a file
  std::string content_type;              // empty when not said
  std::string content;
};
using Form = std::vector<FormPart>;  // in order of arrival

struct FormLimits {
  std::size_t parts_max = 256;
  std::size_t field_bytes_max = 1u << 20;  // of a part that is no file
};

/// True for multipart/form-data, whatever its parameters.
[[nodiscard]] bool is_form(std::string_view content_type);
/// Errors as of MultipartParser; a field that is too long is named. `body` is gone afterwards.
[[nodiscard]] Result<Form> parse_form(std::string_view content_type, std::string body, FormLimits limits = {});

/// Appends one part; `content` instead of the part's own, and without `boundary` in it.
void append_form_part(std::string& body, std::string_view boundary, const FormPart& part, std::string_view content);
void append_form_end(std::string& body, std::string_view boundary);
/// A boundary that none of the contents holds.
[[nodiscard]] std::string choose_boundary(const std::vector<std::string_view>& contents);

}  // namespace millwright::io::http
