// Private keys in PEM form (RFC 7468), whole or cut off, with real line ends or with "\n" written out as in JSON.
#include "extensions/guardrails/all.hpp"

#include <algorithm>
#include <array>

#include "extensions/guardrails/shapes.hpp"

namespace millwright::extensions {
namespace {

using namespace policy;

constexpr std::array types_list{FindingType{"secret.private_key", DataClass::Restricted}};
constexpr std::string_view opening = "-----BEGIN ";
constexpr std::size_t label_bytes_max = 40, key_bytes_max = candidate_bytes_max - 192;

bool is_body(char c) { return is_alnum(c) || c == '+' || c == '/' || c == '='; }

/// Past white space and written-out line ends.
std::size_t skip_breaks(std::string_view text, std::size_t at, std::size_t limit) {
  while (at < limit) {
    const char c = text[at];
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
      ++at;
    else if (c == '\\' && (char_at(text, at + 1) == 'n' || char_at(text, at + 1) == 'r'))
      at += 2;
    else
      break;
  }
  return std::min(at, limit);
}

/// "Proc-Type: 4,ENCRYPTED" and the like: headers of old encrypted keys.
std::size_t skip_header(std::string_view text, std::size_t at, std::size_t limit) {
  if (!has_at(text, at, "proc-type:") && !has_at(text, at, "dek-info:")) return at;
  while (at < limit && text[at] != '\n' && text[at] != '\\') ++at;
  return at;
}

struct Key {
  std::size_t end = 0;
  std::size_t body = 0;    // characters of key material
  bool is_closed = false;  // the END line was seen
  bool is_cut = false;     // the text ended first
};

/// The END line at `at`, where a "-" stands. False: what stands there is something else.
bool read_end_line(std::string_view text, std::size_t at, Key& key) {
  constexpr std::string_view closing = "-----END ";
  const std::string_view rest = text.substr(at);
  if (rest.size() < closing.size()) {
    key.is_cut = closing.starts_with(rest);
    return key.is_cut;
  }
  if (!rest.starts_with(closing)) return false;
  const std::size_t close = rest.substr(0, closing.size() + label_bytes_max + 5).find("-----", closing.size());
  key.is_closed = close != std::string_view::npos;
  if (key.is_closed)
    key.end = at + close + 5;
  else
    key.is_cut = rest.size() < closing.size() + label_bytes_max + 5;
  return true;
}

/// Reads from behind "-----BEGIN … PRIVATE KEY-----" on: words of key material, of which only the last is short.
Key read_key(std::string_view text, std::size_t start, std::size_t at) {
  const std::size_t limit = std::min(text.size(), start + key_bytes_max);
  Key key{.end = at};
  for (;;) {
    at = skip_breaks(text, at, limit);
    const std::size_t after_header = skip_header(text, at, limit);
    if (after_header > at) {
      at = after_header;
      continue;
    }
    const std::size_t word = at;
    if (word < limit && text[word] == '-' && read_end_line(text, word, key)) return key;
    while (at < limit && is_body(text[at])) ++at;
    if (at == limit) {
      key.is_cut = limit == text.size();
      key.body += at - word;
      if (at > word) key.end = at;
      return key;
    }
    if (at == word) return key;
    if (at - word < 16) {
      const std::size_t next = skip_breaks(text, at, limit);
      if (next < limit && text[next] != '-') return key;
    }
    key.body += at - word;
    key.end = at;
  }
}

/// End of the opening line that begins at `start`, or 0.
std::size_t opening_end(std::string_view text, std::size_t start) {
  const std::size_t close = text.substr(0, std::min(text.size(), start + opening.size() + label_bytes_max + 5))
                                .find("-----", start + opening.size());
  if (close == std::string_view::npos) return 0;
  const std::string_view label = text.substr(start + opening.size(), close - start - opening.size());
  return label.ends_with("PRIVATE KEY") || label.ends_with("PRIVATE KEY BLOCK") ? close + 5 : 0;
}

class PrivateKey final : public Guardrail {
 public:
  [[nodiscard]] std::string_view name() const override { return "private_key"; }
  [[nodiscard]] std::span<const FindingType> types() const override { return types_list; }
  [[nodiscard]] std::span<const Anchor> anchors() const override { return anchors_; }

  std::size_t inspect(std::string_view text, Hit hit, Candidates& found) const override {
    const std::size_t start = hit.end - opening.size();
    const std::size_t at = opening_end(text, start);
    if (at == 0) return 0;
    const Key key = read_key(text, start, at);
    if (key.body < 40) return 0;
    found.push_back({types_list[0].name, start, key.end, key.is_closed ? 0.99 : 0.9});
    return 0;
  }

  [[nodiscard]] std::size_t open_from(std::string_view text) const override {
    const std::size_t from = text.size() > candidate_bytes_max ? text.size() - candidate_bytes_max : 0;
    for (std::size_t at = text.find(opening, from); at != std::string_view::npos; at = text.find(opening, at + 1)) {
      const std::size_t body = opening_end(text, at);
      const bool may_open = body == 0 && text.size() - at < opening.size() + label_bytes_max + 5;
      if (may_open || (body > 0 && text.size() - at < key_bytes_max + 64 && read_key(text, at, body).is_cut)) return at;
    }
    // The opening itself may be arriving.
    for (std::size_t length = std::min(opening.size() - 1, text.size()); length > 0; --length) {
      if (text.ends_with(opening.substr(0, length))) return text.size() - length;
    }
    return text.size();
  }

 private:
  std::vector<Anchor> anchors_{{"-----BEGIN "}};
};

}  // namespace

std::unique_ptr<Guardrail> make_private_key() { return std::make_unique<PrivateKey>(); }

}  // namespace millwright::extensions
