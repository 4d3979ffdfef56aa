# Warnings, sanitizers and the two functions that every folder's CMakeLists.txt calls.

add_library(freshet_options INTERFACE)
target_include_directories(freshet_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(freshet_options INTERFACE -Wall -Wextra -Wconversion -Werror)
# Release means optimised with the frame pointer kept, so that profiles of what ships can be read.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG -fno-omit-frame-pointer")
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_compile_options(freshet_options INTERFACE -Wthread-safety)
endif()
if(SANITIZE)
  target_compile_options(freshet_options INTERFACE -fsanitize=${SANITIZE} -fno-omit-frame-pointer -g1)
  target_link_options(freshet_options INTERFACE -fsanitize=${SANITIZE})
  # The checks that sanitizers insert make g++ see variables that are not set where there are none.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(freshet_options INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()

# freshet_library(NAME [SOURCES a.cc ...] [LINKS target ...]): one folder's library.
# Without SOURCES the folder holds headers only.
function(freshet_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  if(ARG_SOURCES)
    add_library(${name} STATIC ${ARG_SOURCES})
    target_link_libraries(${name} PUBLIC freshet_options ${ARG_LINKS})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE freshet_options ${ARG_LINKS})
  endif()
endfunction()

# freshet_test(NAME SOURCES a_test.cc ... [LINKS target ...]): one test program, one ctest entry.
function(freshet_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} freshet_options GTest::gmock GTest::gtest GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()
