# The web console inside the executable: builds console/ with npm and embeds the result.
#
#   millwright_embed_console(TARGET)
#
# WITH_CONSOLE=ON builds it (needs Node.js), or embeds the folder CONSOLE_DIST when a built console is at hand.
# WITH_CONSOLE=OFF leaves an empty table: the server then shows one plain page. TARGET can include app/console_assets.hpp.
set(CONSOLE_DIST "" CACHE PATH "A console that is built already; embedded as it is, without Node.js")
set(CONSOLE_NODE_MINIMUM 20.19)
if(WITH_CONSOLE)
  enable_language(ASM)
endif()

# Fails the configuration, saying how to go on, where the console cannot be built.
function(millwright_require_node)
  find_program(NODE_EXECUTABLE NAMES node nodejs)
  find_program(NPM_EXECUTABLE NAMES npm)
  set(advice "Install Node.js ${CONSOLE_NODE_MINIMUM} or newer with npm, or pass -DCONSOLE_DIST=folder with a built "
             "console, or -DWITH_CONSOLE=OFF to build without it.")
  string(CONCAT advice ${advice})
  if(NOT NODE_EXECUTABLE OR NOT NPM_EXECUTABLE)
    message(FATAL_ERROR "The web console needs Node.js and npm to build; not found. ${advice}")
  endif()
  execute_process(COMMAND ${NODE_EXECUTABLE} --version OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE
                  ERROR_QUIET RESULT_VARIABLE failed)
  string(REGEX REPLACE "^v" "" version "${version}")
  if(failed OR version VERSION_LESS CONSOLE_NODE_MINIMUM)
    message(FATAL_ERROR "The web console needs Node.js ${CONSOLE_NODE_MINIMUM}; ${NODE_EXECUTABLE} is "
                        "\"${version}\". ${advice}")
  endif()
endfunction()

# Builds console/ into DIST and touches STAMP. Packages are installed once for all build folders.
function(millwright_build_console DIST STAMP)
  millwright_require_node()
  set(console ${CMAKE_SOURCE_DIR}/console)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${console}/src/* ${console}/public/* ${console}/scripts/*)
  set(settings ${console}/index.html ${console}/vite.config.ts ${console}/tsconfig.json ${console}/package.json)
  set(installed ${console}/node_modules/.installed)
  add_custom_command(OUTPUT ${installed}
    COMMAND ${NPM_EXECUTABLE} ci --ignore-scripts --no-audit --no-fund --loglevel=error
    COMMAND ${CMAKE_COMMAND} -E touch ${installed}
    DEPENDS ${console}/package-lock.json ${console}/.npmrc
    WORKING_DIRECTORY ${console} COMMENT "Installing the console's packages" VERBATIM)
  add_custom_command(OUTPUT ${STAMP}
    COMMAND ${CMAKE_COMMAND} -E env CONSOLE_OUT=${DIST} ${NPM_EXECUTABLE} run --silent build
    COMMAND ${CMAKE_COMMAND} -E touch ${STAMP}
    DEPENDS ${installed} ${sources} ${settings}
    WORKING_DIRECTORY ${console} COMMENT "Building the console" VERBATIM)
endfunction()

# The console's own tests: its logic, the size of what was built into DIST, its types against the API document.
function(millwright_test_console DIST)
  foreach(script test check types:check)
    add_test(NAME console_npm_${script} COMMAND ${NPM_EXECUTABLE} run --silent ${script}
             WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/console)
    set_tests_properties(console_npm_${script} PROPERTIES TIMEOUT 300 ENVIRONMENT CONSOLE_OUT=${DIST})
  endforeach()
endfunction()

function(millwright_embed_console TARGET)
  set(header ${CMAKE_BINARY_DIR}/generated/app/console_assets.hpp)
  set(assembly ${CMAKE_BINARY_DIR}/generated/app/console_assets.S)
  set(embed ${CMAKE_SOURCE_DIR}/cmake/embed_console.cmake)
  if(NOT WITH_CONSOLE)
    execute_process(COMMAND ${CMAKE_COMMAND} -DHEADER=${header} -DASSEMBLY=${assembly} -P ${embed})
    return()
  endif()
  if(CONSOLE_DIST)
    if(NOT EXISTS ${CONSOLE_DIST}/index.html)
      message(FATAL_ERROR "CONSOLE_DIST=${CONSOLE_DIST} holds no index.html")
    endif()
    set(dist ${CONSOLE_DIST})
    file(GLOB_RECURSE built CONFIGURE_DEPENDS ${dist}/*)
  else()
    set(dist ${CMAKE_BINARY_DIR}/console/dist)
    set(built ${CMAKE_BINARY_DIR}/console/built)
    millwright_build_console(${dist} ${built})
    if(RUN_SCENARIOS)
      millwright_test_console(${dist})
    endif()
  endif()
  add_custom_command(OUTPUT ${header} ${assembly}
    COMMAND ${CMAKE_COMMAND} -DDIST=${dist} -DHEADER=${header} -DASSEMBLY=${assembly} -P ${embed}
    DEPENDS ${built} ${embed} COMMENT "Embedding the console" VERBATIM)
  # A target of its own: the console is built beside the libraries, not after those that TARGET links.
  add_custom_target(millwright_console DEPENDS ${header} ${assembly})
  target_sources(${TARGET} PRIVATE ${header} ${assembly})
  add_dependencies(${TARGET} millwright_console)
endfunction()
