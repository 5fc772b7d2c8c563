// Credentials: by how they begin (secret_rules.cpp), by the name before them, JSON web tokens, and passwords in URLs.
// A millwright key is recognised by its own check digits, so that a leak of ours is never a guess.
#include "extensions/guardrails/all.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.hpp"
#include "extensions/guardrails/secret_rules.hpp"
#include "extensions/guardrails/shapes.hpp"
#include "features/identity/identity.hpp"

namespace millwright::extensions {
namespace {

using namespace policy;

constexpr std::string_view jwt_type = "secret.jwt", url_type = "secret.url_password", azure_type = "secret.azure";
constexpr std::size_t token_bytes_max = 4'000, assignment_bytes_max = 160;

std::string escaped(std::string_view literal) {
  std::string out;
  for (const char c : literal) {
    if (!is_alnum(c) && c != '_') out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

/// End of the run of `charset` at `at`, at most `limit` characters.
std::size_t run_end(std::string_view text, std::size_t at, Charset charset, std::size_t limit) {
  const std::size_t last = std::min(text.size(), at + limit);
  while (at < last && is_in(charset, text[at])) ++at;
  return at;
}

/// Bytes that may stand inside a credential or a URL; quotes, brackets, commas and white space end one.
bool is_token(char c) {
  if (c <= ' ' || c == '\x7f' || static_cast<unsigned char>(c) >= 0x80u) return false;
  return std::string_view("\"'`<>()[]{}|\\;,").find(c) == std::string_view::npos;
}

class Secrets final : public Guardrail {
 public:
  Secrets() {
    for (const SecretRule& rule : secret_rules()) {
      // The class of the next character keeps "task-" and "Task" from waking the rule.
      anchors_.push_back({escaped(rule.prefix) + "[A-Za-z0-9_\\-]{" + (rule.length_min >= 8 ? "8" : "1") + "}"});
      add_type(rule.type);
    }
    named_from_ = anchors_.size();
    for (const NamedSecret& rule : named_secrets()) {
      anchors_.push_back({std::string(rule.keyword) + "[\"']?[ ]{0,4}[=:]", true});
      add_type(rule.type);
    }
    jwt_ = anchors_.size();
    anchors_.push_back({R"([A-Za-z0-9_\-]{10}\.eyJ)"});
    add_type(jwt_type);
    url_ = anchors_.size();
    anchors_.push_back({R"(:\/\/[^\s:\/@"'<>]{1,64}:)"});
    add_type(url_type);
    azure_ = anchors_.size();
    anchors_.push_back({R"([0-9]Q~[A-Za-z0-9_~.\-]{8})"});
    add_type(azure_type);
  }
  [[nodiscard]] std::string_view name() const override { return "secrets"; }
  [[nodiscard]] std::span<const FindingType> types() const override { return types_; }
  [[nodiscard]] std::span<const Anchor> anchors() const override { return anchors_; }

  std::size_t inspect(std::string_view text, Hit hit, Candidates& found) const override {
    if (hit.anchor < named_from_)
      look_at_prefixed(text, hit, found);
    else if (hit.anchor < jwt_)
      look_at_named(text, hit, found);
    else if (hit.anchor == jwt_)
      look_at_jwt(text, hit.end, found);
    else if (hit.anchor == url_)
      look_at_url(text, hit.end, found);
    else
      look_at_azure(text, hit.end, found);
    return 0;
  }

  /// The word being written; and an assignment whose value is still to come.
  [[nodiscard]] std::size_t open_from(std::string_view text) const override {
    std::size_t start = text.size();
    const std::size_t limit = start > token_bytes_max ? start - token_bytes_max : 0;
    while (start > limit && is_token(text[start - 1])) --start;
    return std::min(start, open_assignment(text));
  }

 private:
  void add_type(std::string_view type) {
    if (std::ranges::find(types_, type, &FindingType::name) == types_.end())
      types_.push_back({type, DataClass::Restricted});
  }

  static void look_at_prefixed(std::string_view text, Hit hit, Candidates& found) {
    const SecretRule& rule = secret_rules()[hit.anchor];
    const std::size_t body = hit.end - (rule.length_min >= 8 ? 8 : 1);
    const std::size_t start = body - rule.prefix.size();
    const char before = char_before(text, start);
    // Inside a longer word it is no prefix; a rule that begins with a letter may follow "=" or ":" or "/".
    if (is_alnum(before) || before == '_' || (before == '-' && is_alnum(char_before(text, start - 1)))) return;
    const std::size_t end = run_end(text, body, rule.charset, rule.length_max + 1u);
    const std::size_t length = end - body;
    if (length < rule.length_min || length > rule.length_max) return;
    if (rule.charset == Charset::Hex && is_alnum(char_at(text, end))) return;
    if (rule.type == "secret.millwright") {
      if (identity::is_well_formed_key(text.substr(start, end - start))) found.push_back({rule.type, start, end, 1.0});
      return;
    }
    if (entropy(text.substr(body, length)) < rule.entropy_min) return;
    found.push_back({rule.type, start, end, 0.97});
  }

  static std::size_t value_start(std::string_view text, std::size_t at) {
    for (int i = 0; i < 6; ++i) {
      const char c = char_at(text, at);
      if (c == ' ' || c == '"' || c == '\'' || c == '>' || c == '=') ++at;
    }
    return at;
  }

  void look_at_named(std::string_view text, Hit hit, Candidates& found) const {
    const NamedSecret& rule = named_secrets()[hit.anchor - named_from_];
    const std::size_t start = value_start(text, hit.end);
    const std::size_t end = run_end(text, start, rule.charset, rule.length_max + 1u);
    const std::size_t length = end - start;
    if (length < rule.length_min || length > rule.length_max) return;
    if (entropy(text.substr(start, length)) < 3.2) return;
    found.push_back({rule.type, start, end, 0.95});
  }

  /// Header and payload are JSON objects in base64url; a signature follows.
  static void look_at_jwt(std::string_view text, std::size_t at, Candidates& found) {
    std::size_t start = at - 4;
    const std::size_t limit = start > 420 ? start - 420 : 0;
    while (start > limit && is_in(Charset::Base64Url, text[start - 1])) --start;
    if (text.substr(start, 3) != "eyJ") return;
    const std::size_t payload_end = run_end(text, at - 3, Charset::Base64Url, 2'800);
    if (char_at(text, payload_end) != '.') return;
    const std::size_t end = run_end(text, payload_end + 1, Charset::Base64Url, 700);
    if (end - payload_end < 20) return;
    const auto header = from_base64(text.substr(start, at - 4 - start));
    if (!header || header->find("\"alg\"") == std::string::npos) return;
    found.push_back({jwt_type, start, end, 0.98});
  }

  /// The password of scheme://user:password@host; a variable such as ${PASSWORD} is none.
  static void look_at_url(std::string_view text, std::size_t start, Candidates& found) {
    std::size_t sign = start;
    const std::size_t limit = std::min(text.size(), start + 128);
    while (sign < limit && is_token(text[sign]) && text[sign] != '@' && text[sign] != '/') ++sign;
    if (char_at(text, sign) != '@') return;
    const std::string_view password = text.substr(start, sign - start);
    if (password.size() < 6) return;
    if (password[0] == '$' || password[0] == '%' || password[0] == '*') return;
    if (password.find_first_not_of("xX.") == std::string_view::npos) return;
    const std::string lower = to_lower_ascii(password);
    const bool is_example = lower == "password" || lower == "passwd" || lower == "secret" || lower == "passphrase" ||
                            lower == "mypassword" || lower == "userpassword";
    found.push_back({url_type, start, sign, is_example ? 0.4 : 0.85});
  }

  /// Microsoft Entra client secrets: three characters, a digit, "Q~", 31 to 34 more.
  static void look_at_azure(std::string_view text, std::size_t end, Candidates& found) {
    const std::size_t digit = end - 11;
    if (digit < 3) return;
    const std::size_t start = digit - 3;
    const auto is_body = [](char c) { return is_alnum(c) || c == '_' || c == '~' || c == '.' || c == '-'; };
    if (!std::ranges::all_of(text.substr(start, 3), is_body) || is_body(char_before(text, start))) return;
    std::size_t last = digit + 3;
    while (last < text.size() && last - digit < 40 && is_body(text[last])) ++last;
    const std::size_t length = last - digit - 3;
    if (length >= 31 && length <= 34) found.push_back({azure_type, start, last, 0.95});
  }

  [[nodiscard]] static std::size_t open_assignment(std::string_view text) {
    const std::size_t from = text.size() > assignment_bytes_max ? text.size() - assignment_bytes_max : 0;
    for (std::size_t at = from; at < text.size(); ++at) {
      if (std::string_view("sacomSACOM").find(text[at]) == std::string_view::npos) continue;
      for (const NamedSecret& rule : named_secrets()) {
        if (!has_at(text, at, rule.keyword)) continue;
        const std::size_t value = value_of(text, at + rule.keyword.size());
        if (value > 0 && run_end(text, value, rule.charset, rule.length_max + 1u) == text.size()) return at;
      }
    }
    return text.size();
  }
  /// Start of the value of `keyword" = "value`, 0 when it is no assignment; the end of the text when that comes first.
  [[nodiscard]] static std::size_t value_of(std::string_view text, std::size_t at) {
    if (char_at(text, at) == '"' || char_at(text, at) == '\'') ++at;
    for (int i = 0; i < 4 && char_at(text, at) == ' '; ++i) ++at;
    if (at >= text.size()) return text.size();
    if (text[at] != '=' && text[at] != ':') return 0;
    return value_start(text, at + 1);
  }

  std::vector<FindingType> types_;
  std::vector<Anchor> anchors_;
  std::size_t named_from_ = 0, jwt_ = 0, url_ = 0, azure_ = 0;
};

}  // namespace

std::unique_ptr<Guardrail> make_secrets() { return std::make_unique<Secrets>(); }

}  // namespace millwright::extensions
