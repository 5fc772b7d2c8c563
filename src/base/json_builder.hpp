// Turns the events of Boost.JSON's parser into a value, with numbers read exactly: the parser of Boost 1.81 may be off by
// one in a number's last binary digit, which would break texts that are signed or compared.
#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

#include <boost/json.hpp>

namespace millwright {

/// A handler of boost::json::basic_parser. The text must come in one piece.
struct JsonBuilder {
  using string_view = boost::json::string_view;
  using error_code = boost::json::error_code;

  static constexpr std::size_t max_object_size = boost::json::object::max_size();
  static constexpr std::size_t max_array_size = boost::json::array::max_size();
  static constexpr std::size_t max_key_size = boost::json::string::max_size();
  static constexpr std::size_t max_string_size = boost::json::string::max_size();

  // Small texts are put together without touching the heap.
  std::array<unsigned char, 4096> scratch;
  boost::json::value_stack stack{{}, scratch.data(), scratch.size()};

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return true; }
  bool on_object_end(std::size_t count, error_code&) { return stack.push_object(count), true; }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t count, error_code&) { return stack.push_array(count), true; }
  bool on_key_part(string_view part, std::size_t, error_code&) { return stack.push_chars(part), true; }
  bool on_key(string_view rest, std::size_t, error_code&) { return stack.push_key(rest), true; }
  bool on_string_part(string_view part, std::size_t, error_code&) { return stack.push_chars(part), true; }
  bool on_string(string_view rest, std::size_t, error_code&) { return stack.push_string(rest), true; }
  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(std::int64_t number, string_view, error_code&) { return stack.push_int64(number), true; }
  bool on_uint64(std::uint64_t number, string_view, error_code&) { return stack.push_uint64(number), true; }
  bool on_double(double estimate, string_view text, error_code& reason) {
    double exact = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), exact);
    const bool is_too_small = failure == std::errc::result_out_of_range && std::abs(estimate) < 1;
    if (failure != std::errc() && !is_too_small) {
      reason = boost::json::error::exponent_overflow;
      return false;
    }
    return stack.push_double(is_too_small ? 0.0 : exact), true;
  }
  bool on_bool(bool value, error_code&) { return stack.push_bool(value), true; }
  bool on_null(error_code&) { return stack.push_null(), true; }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }
};

}  // namespace millwright
