// HTTP messages in the house's own words: the rest of the program never sees the library underneath.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millwright::io::http {

enum class Method : std::uint8_t { Get, Head, Post, Put, Patch, Delete, Options, Other };
[[nodiscard]] std::string_view method_name(Method method);

/// Header fields in order of arrival; names compare without regard to case.
class Headers {
 public:
  struct Field {
    std::string name;
    std::string value;
  };
  Headers() = default;
  Headers(std::initializer_list<Field> fields) : fields_(fields) {}

  /// First value, or empty.
  [[nodiscard]] std::string_view find(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;
  void set(std::string_view name, std::string value);    // replaces
  void add(std::string_view name, std::string value);    // appends
  void remove(std::string_view name);
  void clear() { fields_.clear(); }
  [[nodiscard]] auto begin() const { return fields_.begin(); }
  [[nodiscard]] auto end() const { return fields_.end(); }
  [[nodiscard]] std::size_t size() const { return fields_.size(); }

 private:
  std::vector<Field> fields_;
};

struct Request {
  Method method = Method::Get;
  std::string target;        // as received: path and query
  std::string path;          // percent-decoded once, dot segments refused
  std::string query;         // without '?', still encoded
  Headers headers;
  std::string body;
  std::string peer;          // "127.0.0.1:50412", or "control socket"
  bool is_secure = false;    // came over TLS
  bool is_local_owner = false;   // came over the owner-only control socket

  /// Decoded query parameter, first of that name.
  [[nodiscard]] std::optional<std::string> query_parameter(std::string_view name) const;
};

struct Response {
  std::uint16_t status = 200;
  Headers headers;
  std::string body;
};

}  // namespace millwright::io::http
