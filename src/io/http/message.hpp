// HTTP messages in the house's own words: the rest of the program never sees the library underneath.
#pragma once

#include <cstddef>
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

/// Header fields in order of arrival; names compare without regard to case. All of their text is one string, so that a
/// message's fields cost two allocations however many they are. Views of it hold until a field is set, added or removed.
class Headers {
 public:
  struct Field {
    std::string_view name;
    std::string_view value;
  };
  class Iterator {
   public:
    using value_type = Field;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    Iterator(const Headers& headers, std::size_t index) : headers_(&headers), index_(index) {}
    Field operator*() const { return headers_->field(headers_->places_[index_]); }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    Iterator operator++(int) { return {*headers_, index_++}; }
    bool operator==(const Iterator&) const = default;

   private:
    const Headers* headers_ = nullptr;
    std::size_t index_ = 0;
  };

  Headers() = default;
  Headers(std::initializer_list<Field> fields);

  /// First value, or empty.
  [[nodiscard]] std::string_view find(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;
  void set(std::string_view name, std::string_view value);   // replaces
  void add(std::string_view name, std::string_view value);   // appends
  void remove(std::string_view name);
  void clear();
  [[nodiscard]] Iterator begin() const { return {*this, 0}; }
  [[nodiscard]] Iterator end() const { return {*this, places_.size()}; }
  [[nodiscard]] std::size_t size() const { return places_.size(); }

 private:
  /// A field: where its text begins, the value right behind the name, with room for a value as long as any it had.
  struct Place {
    std::size_t begin, name_size, value_size, room;
  };
  [[nodiscard]] Field field(const Place& place) const;
  [[nodiscard]] Place write(std::string_view name, std::string_view value);
  [[nodiscard]] bool is_named(const Place& place, std::string_view name) const;

  std::string text_;
  std::vector<Place> places_;
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
