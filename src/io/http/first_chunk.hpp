// What a chunked body needs before its first chunk may be read.
#pragma once

#include <cstddef>

namespace millwright::io::http {

/// The shortest chunked body, "0\r\n\r\n". Beast 1.81 notes that the last chunk has come as soon as it has seen its size
/// line, and when called again requires all five bytes: a body that ends with its first chunk, cut within its last two
/// bytes, ended the process in an assertion. Waiting for five bytes loses nothing, since no chunked body is shorter.
inline constexpr std::size_t first_chunk_bytes_min = 5;

}  // namespace millwright::io::http
