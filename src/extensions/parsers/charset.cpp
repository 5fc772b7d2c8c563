#include "extensions/parsers/charset.hpp"

#include <algorithm>
#include <memory>

#include <unicode/ucnv.h>
#include <unicode/ucsdet.h>

#include "base/text.hpp"

namespace millwright::extensions {

namespace {

constexpr std::size_t declaration_bytes = 2048;
constexpr std::size_t detection_bytes = 64 * 1024;

std::string with_unix_line_ends(std::string text) {
  if (text.find('\r') == std::string::npos) return text;
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') out += text[i];
    else if (i + 1 >= text.size() || text[i + 1] != '\n') out += '\n';
  }
  return out;
}

/// Malformed sequences become U+FFFD. Empty when ICU does not know the charset.
std::string converted(std::string_view bytes, const std::string& charset) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, void (*)(UConverter*)> from(ucnv_open(charset.c_str(), &status), ucnv_close);
  if (U_FAILURE(status)) return {};
  const std::unique_ptr<UConverter, void (*)(UConverter*)> to(ucnv_open("UTF-8", &status), ucnv_close);
  if (U_FAILURE(status)) return {};
  std::string out(bytes.size() * 3 + 16, '\0');
  char* target = out.data();
  const char* source = bytes.data();
  ucnv_convertEx(to.get(), from.get(), &target, out.data() + out.size(), &source, bytes.data() + bytes.size(), nullptr,
                 nullptr, nullptr, nullptr, true, true, &status);
  if (U_FAILURE(status)) return {};
  out.resize(static_cast<std::size_t>(target - out.data()));
  return out;
}

std::string detected_charset(std::string_view bytes) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UCharsetDetector, void (*)(UCharsetDetector*)> detector(ucsdet_open(&status), ucsdet_close);
  if (U_FAILURE(status)) return "windows-1252";
  const std::string_view sample = bytes.substr(0, detection_bytes);
  ucsdet_setText(detector.get(), sample.data(), static_cast<std::int32_t>(sample.size()), &status);
  const UCharsetMatch* match = ucsdet_detect(detector.get(), &status);
  if (U_FAILURE(status) || match == nullptr) return "windows-1252";
  const char* name = ucsdet_getName(match, &status);
  // What the detector calls Latin-1 is in practice its superset, as on the web.
  if (U_FAILURE(status) || name == nullptr || std::string_view(name) == "ISO-8859-1") return "windows-1252";
  return name;
}

std::string_view marked_charset(std::string_view bytes, std::size_t& mark) {
  mark = 0;
  if (bytes.starts_with("\xEF\xBB\xBF")) return mark = 3, "UTF-8";
  if (bytes.starts_with(std::string_view("\xFF\xFE\0\0", 4))) return mark = 4, "UTF-32LE";
  if (bytes.starts_with(std::string_view("\0\0\xFE\xFF", 4))) return mark = 4, "UTF-32BE";
  if (bytes.starts_with("\xFF\xFE")) return mark = 2, "UTF-16LE";
  if (bytes.starts_with("\xFE\xFF")) return mark = 2, "UTF-16BE";
  return {};
}

std::string value_after(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return {};
  std::size_t start = at + key.size();
  while (start < text.size() && (text[start] == ' ' || text[start] == '"' || text[start] == '\'')) ++start;
  std::size_t end = start;
  while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '-' ||
                               text[end] == '_' || text[end] == ':' || text[end] == '.')) ++end;
  return std::string(text.substr(start, std::min<std::size_t>(end - start, 40)));
}

}  // namespace

std::string declared_charset(std::string_view bytes) {
  const std::string head = to_lower_ascii(bytes.substr(0, declaration_bytes));
  if (head.starts_with("<?xml")) {
    const std::string_view declaration = std::string_view(head).substr(0, head.find("?>"));
    if (std::string name = value_after(declaration, "encoding="); !name.empty()) return name;
  }
  for (std::size_t at = head.find("<meta"); at != std::string::npos; at = head.find("<meta", at + 5)) {
    const std::string_view tag = std::string_view(head).substr(at, head.find('>', at) - at);
    if (std::string name = value_after(tag, "charset="); !name.empty()) return name;
  }
  return {};
}

bool is_binary(std::string_view bytes) {
  std::size_t mark = 0;
  if (!marked_charset(bytes, mark).empty()) return false;
  const std::string_view sample = bytes.substr(0, detection_bytes);
  if (sample.find('\0') != std::string_view::npos) return true;
  // Without branches: every parser asks this of every document, and so it is done many bytes at a time.
  std::size_t controls = 0;
  for (const char c : sample) {
    const bool is_control = (static_cast<unsigned char>(c) < 0x20) & (c != '\n') & (c != '\r') & (c != '\t') &
                            (c != '\f') & (c != '\x1B') & (c != '\b');
    controls += is_control;
  }
  return controls * 100 > sample.size();
}

DecodedText decode_text(std::string_view bytes, std::string_view declared) {
  DecodedText out;
  std::size_t mark = 0;
  const std::string_view marked = marked_charset(bytes, mark);
  const std::string_view body = bytes.substr(mark);
  if (marked.empty() || marked == "UTF-8") {
    const std::string lower = to_lower_ascii(declared);
    const bool claims_unicode = lower.empty() || lower == "utf-8" || lower == "utf8" || lower == "us-ascii";
    if (!first_invalid_utf8(body)) {
      // UTF-8 that decodes is UTF-8, whatever was declared: other encodings do not validate by chance.
      out.charset = "UTF-8";
      out.text = with_unix_line_ends(std::string(body));
      return out;
    }
    if (!marked.empty()) {
      out = {to_valid_utf8(body), "UTF-8", "bytes that are not UTF-8 were replaced"};
      out.text = with_unix_line_ends(std::move(out.text));
      return out;
    }
    if (!claims_unicode) out.text = converted(body, out.charset = std::string(declared));
    if (claims_unicode && !lower.empty()) out.warning = "declared as UTF-8, but it is not";
  } else {
    out.text = converted(body, out.charset = std::string(marked));
  }
  if (out.text.empty() && !body.empty()) out.text = converted(body, out.charset = detected_charset(body));
  if (out.text.empty() && !body.empty()) out = {to_valid_utf8(body), "unknown", "the character set is unknown"};
  if (out.text.find("\xEF\xBF\xBD") != std::string::npos && out.warning.empty()) {
    out.warning = "bytes that are not " + out.charset + " were replaced";
  }
  out.text = with_unix_line_ends(std::move(out.text));
  return out;
}

}  // namespace millwright::extensions
