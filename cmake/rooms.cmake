# The rooms of the house: one static library a layer or feature, its unit tests beside its sources.
#
#   millwright_room(NAME DIR folder LINKS room... [LIBRARIES lib...])
#
# Sources are every .cpp of the folder (and below) but *_test.cpp; statements in sql/*.sql are embedded as
# <folder>/<name>_sql.hpp in the build tree. A new file needs no line here.
function(millwright_room NAME)
  cmake_parse_arguments(ROOM "" "DIR" "LINKS;LIBRARIES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${ROOM_DIR}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  file(GLOB statements CONFIGURE_DEPENDS ${ROOM_DIR}/sql/*.sql)
  if(NOT sources)
    file(WRITE ${CMAKE_BINARY_DIR}/empty/${NAME}.cpp "")
    set(sources ${CMAKE_BINARY_DIR}/empty/${NAME}.cpp)
  endif()
  add_library(${NAME} STATIC ${sources})
  target_include_directories(${NAME} PUBLIC ${CMAKE_SOURCE_DIR}/src ${CMAKE_BINARY_DIR}/generated)
  target_link_libraries(${NAME} PUBLIC ${ROOM_LINKS} ${ROOM_LIBRARIES})
  target_precompile_headers(${NAME} REUSE_FROM millwright_precompiled)
  if(statements)
    file(RELATIVE_PATH folder ${CMAKE_SOURCE_DIR}/src ${ROOM_DIR})
    get_filename_component(short ${ROOM_DIR} NAME)
    set(header ${CMAKE_BINARY_DIR}/generated/${folder}/${short}_sql.hpp)
    add_custom_command(OUTPUT ${header}
      COMMAND embed_sql ${header} ${short} ${statements}
      DEPENDS embed_sql ${statements} VERBATIM)
    target_sources(${NAME} PRIVATE ${header})
    add_custom_target(${NAME}_sql DEPENDS ${header})
    add_dependencies(${NAME} ${NAME}_sql)
  endif()
  if(WITH_TESTS AND tests)
    # Built by name or with `unit_tests`; run where the sanitizers are on.
    add_executable(${NAME}_test EXCLUDE_FROM_ALL ${tests})
    target_link_libraries(${NAME}_test PRIVATE ${NAME} millwright_test_support GTest::gmock GTest::gtest_main)
    target_precompile_headers(${NAME}_test REUSE_FROM millwright_precompiled)
    add_dependencies(unit_tests ${NAME}_test)
    if(RUN_UNIT_TESTS)
      add_test(NAME ${NAME} COMMAND ${NAME}_test --gtest_brief=1)
      set_tests_properties(${NAME} PROPERTIES TIMEOUT 900)
    endif()
  endif()
endfunction()
