# Run by `cmake -P` at build time: writes the files below DIST as an assembly file of .incbin lines and a C++ table of
# them. A file "x.gz" is the gzip form of "x". Without DIST the table is empty. An output that would not change is kept.
set(types
  html text/html js text/javascript css text/css txt text/plain
  svg image/svg+xml json application/json png image/png
  webmanifest application/manifest+json)
set(rows "")
set(symbols "")
set(data "")
set(count 0)
if(DIST)
  file(GLOB_RECURSE files RELATIVE ${DIST} ${DIST}/*)
  list(SORT files)
  foreach(file IN LISTS files)
    string(REGEX REPLACE "\\.gz$" "" path "${file}")
    set(is_gzip false)
    if(NOT path STREQUAL file)
      set(is_gzip true)
    endif()
    string(REGEX REPLACE "^.*\\." "" extension "${path}")
    list(FIND types "${extension}" at)
    if(at EQUAL -1)
      message(FATAL_ERROR "${file}: no media type is known for .${extension}; add one to cmake/embed_console.cmake")
    endif()
    math(EXPR at "${at} + 1")
    list(GET types ${at} type)
    if(type MATCHES "^text/")
      string(APPEND type "; charset=utf-8")
    endif()
    file(SHA256 ${DIST}/${file} digest)
    file(SIZE ${DIST}/${file} size)
    set(symbol "millwright_console_${count}")
    string(APPEND symbols "extern \"C\" const unsigned char ${symbol}[];\n")
    string(APPEND rows "    ConsoleAsset{\"/${path}\", \"${type}\", \"\\\"${digest}\\\"\", ${is_gzip}, ${symbol}, ${size}},\n")
    string(APPEND data "  .balign 16\n  .global ${symbol}\n${symbol}:  # ${digest}\n  .incbin \"${DIST}/${file}\"\n")
    math(EXPR count "${count} + 1")
  endforeach()
endif()

function(write_if_changed path text)
  if(EXISTS ${path})
    file(READ ${path} old)
    if(old STREQUAL text)
      return()
    endif()
  endif()
  file(WRITE ${path} "${text}")
endfunction()

write_if_changed(${HEADER} "// The files of the web console. Generated; do not edit.
#pragma once

#include <array>

#include \"app/console_asset.hpp\"

${symbols}
namespace millwright::app {

/// Sorted by path; a path's gzip form follows its plain form.
inline constexpr std::array<ConsoleAsset, ${count}> console_assets{{
${rows}}};

}  // namespace millwright::app
")
write_if_changed(${ASSEMBLY} "# The files of the web console. Generated; do not edit.
  .section .rodata
${data}  .section .note.GNU-stack,\"\",%progbits
")
