// E-mail addresses: an "@" between a local part and a domain that could exist (RFC 5321 lengths, letters in the top
// level domain, no file name such as "logo@2x.png").
#include "extensions/guardrails/all.hpp"

#include <algorithm>
#include <array>

#include "extensions/guardrails/shapes.hpp"

namespace millwright::extensions {
namespace {

using namespace policy;

constexpr std::size_t local_bytes_max = 64, domain_bytes_max = 253;
constexpr std::array types_list{FindingType{"email", DataClass::Internal}};
/// Top-level names that are file name extensions; none of them is delegated.
constexpr std::array<std::string_view, 22> extensions_list{"png", "jpg",  "jpeg", "gif", "svg",  "webp", "bmp", "ico",
                                                           "css", "js",   "mjs",  "ts",  "tsx",  "json", "xml", "html",
                                                           "htm", "woff", "pdf",  "txt", "yaml", "local"};

/// Letters of two UTF-8 bytes (Latin, Greek, Cyrillic …) count as letters; scripts written without spaces do not, for
/// there the text before an address would become part of it.
std::size_t letter_before(std::string_view text, std::size_t at) {
  const std::size_t start = previous_code_point(text, at);
  const auto lead = static_cast<unsigned char>(text[start]);
  return at - start == 2 && lead >= 0xC3u && lead <= 0xDFu ? 2 : 0;
}
std::size_t letter_at(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(char_at(text, at));
  return lead >= 0xC3u && lead <= 0xDFu && at + 1 < text.size() ? 2 : 0;
}

bool is_local(char c) { return is_alnum(c) || c == '.' || c == '_' || c == '%' || c == '+' || c == '-' || c == '\''; }

/// Start of the run of address characters before `at`, at most `bytes_max` back.
template <class Accepts>
std::size_t run_start(std::string_view text, std::size_t at, std::size_t bytes_max, Accepts accepts) {
  const std::size_t limit = at > bytes_max ? at - bytes_max : 0;
  while (at > limit) {
    const std::size_t step = accepts(text[at - 1]) ? 1 : letter_before(text, at);
    if (step == 0 || at - limit < step) break;
    at -= step;
  }
  return at;
}

std::size_t label_end(std::string_view text, std::size_t at) {
  const std::size_t limit = at + 63;
  while (at < limit) {
    const char c = char_at(text, at);
    const std::size_t step = is_alnum(c) || c == '-' ? 1 : letter_at(text, at);
    if (step == 0) break;
    at += step;
  }
  return std::min(at, text.size());
}

/// Length of the top-level name at the start of `label`: letters up to its end or to a hyphen ("com-Office").
std::size_t top_level_length(std::string_view label) {
  if (has_at(label, 0, "xn--") && label.size() > 6) return label.size();
  std::size_t length = 0;
  while (length < label.size() && is_letter(label[length])) ++length;
  if (length < 2 || length > 24 || (length < label.size() && label[length] != '-')) return 0;
  const bool is_file = std::ranges::any_of(
      extensions_list, [&](std::string_view name) { return name.size() == length && has_at(label, 0, name); });
  return is_file ? 0 : length;
}

/// End of the longest domain that begins at `start`, or `start` when there is none.
std::size_t domain_end(std::string_view text, std::size_t start) {
  std::size_t best = start, at = start;
  for (int labels = 1; at - start <= domain_bytes_max; ++labels) {
    const std::size_t end = label_end(text, at);
    if (end == at || text[at] == '-') break;
    const std::size_t top = labels > 1 ? top_level_length(text.substr(at, end - at)) : 0;
    if (top > 0) best = at + top;
    if (char_at(text, end) != '.') break;
    at = end + 1;
  }
  return best;
}

/// "scheme://user:" before a password: what follows is a secret and a host, no address.
bool is_password_of_url(std::string_view text, std::size_t colon) {
  const std::size_t limit = colon > 72 ? colon - 72 : 0;
  for (std::size_t at = colon; at > limit && static_cast<unsigned char>(text[at - 1]) > ' '; --at) {
    if (text.substr(at - 1, 3) == "://") return true;
  }
  return false;
}

class Email final : public Guardrail {
 public:
  [[nodiscard]] std::string_view name() const override { return "email"; }
  [[nodiscard]] std::span<const FindingType> types() const override { return types_list; }
  [[nodiscard]] std::span<const Anchor> anchors() const override { return anchors_; }

  std::size_t inspect(std::string_view text, Hit hit, Candidates& found) const override {
    const std::size_t sign = hit.end - 2;
    std::size_t start = run_start(text, sign, local_bytes_max, is_local);
    if (sign - start == local_bytes_max && is_local(char_before(text, start))) return 0;
    while (start < sign && !is_alnum(text[start]) && text[start] != '_' && letter_at(text, start) == 0) ++start;
    if (start == sign) return 0;
    const std::size_t end = domain_end(text, sign + 1);
    if (end == sign + 1) return 0;
    // "git@host.example:path" names a repository, not a person.
    if (text.substr(start, sign - start) == "git" && char_at(text, end) == ':') return 0;
    if (char_before(text, start) == ':' && is_password_of_url(text, start - 1)) return 0;
    found.push_back({types_list[0].name, start, end, 0.95});
    return 0;
  }

  [[nodiscard]] std::size_t open_from(std::string_view text) const override {
    return run_start(text, text.size(), local_bytes_max + domain_bytes_max + 66,
                     [](char c) { return is_local(c) || c == '@' || static_cast<unsigned char>(c) >= 0xC3u; });
  }

 private:
  std::vector<Anchor> anchors_{{R"([A-Za-z0-9_%+'\-\x80-\xbf]@[A-Za-z0-9\xc3-\xdf])"}};
};

}  // namespace

std::unique_ptr<Guardrail> make_email() { return std::make_unique<Email>(); }

}  // namespace millwright::extensions
