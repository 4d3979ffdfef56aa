# Warnings, sanitizers and the two functions that every folder's CMakeLists.txt calls.

add_library(freshet_options INTERFACE)
target_include_directories(freshet_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(freshet_options INTERFACE -Wall -Wextra -Wconversion -Werror -pthread)
# Release means optimised with the frame pointer kept, so that profiles of what ships can be read.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG -fno-omit-frame-pointer")
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_compile_options(freshet_options INTERFACE -Wthread-safety)
endif()
if(SANITIZE)
  target_compile_options(freshet_options INTERFACE -fsanitize=${SANITIZE} -fno-omit-frame-pointer -g1)
  target_link_options(freshet_options INTERFACE -fsanitize=${SANITIZE})
  # The checks that sanitizers insert make g++ see variables that are not set, and copies out of
  # bounds, where there are none; Boost has fences that ThreadSanitizer does not follow.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(freshet_options INTERFACE
      -Wno-maybe-uninitialized -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-tsan)
  endif()
endif()

# Standard headers that nearly every file includes are parsed once: a third of a clean build.
# Only headers that never change are in it, so that editing one of ours rebuilds what includes it
# and no more; files still include what they use (-DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON proves it).
add_library(freshet_precompiled STATIC ${PROJECT_SOURCE_DIR}/cmake/precompiled.cc)
target_link_libraries(freshet_precompiled PRIVATE freshet_options PkgConfig::SPDLOG)
target_precompile_headers(freshet_precompiled PRIVATE
  <algorithm> <array> <atomic> <chrono> <cmath> <cstdint> <cstring> <functional> <limits> <map>
  <memory> <optional> <set> <span> <string> <string_view> <unordered_map> <utility> <variant>
  <vector>)

# freshet_library(NAME [UNITY] [COLD] [SOURCES a.cc ...] [LINKS target ...]): one folder's library.
# Without SOURCES the folder holds headers only. UNITY compiles eight files at a time: for folders of
# many small files over the same large headers. COLD: code that runs once a statement or a request,
# never once a row, and includes nothing that such code shares with loops over rows: of an inline
# function or a template that several files compile, the linker takes the first, whichever folder
# optimised it less.
function(freshet_library name)
  cmake_parse_arguments(ARG "UNITY;COLD" "" "SOURCES;LINKS" ${ARGN})
  if(ARG_SOURCES)
    add_library(${name} STATIC ${ARG_SOURCES})
    target_link_libraries(${name} PUBLIC freshet_options ${ARG_LINKS})
    target_precompile_headers(${name} REUSE_FROM freshet_precompiled)
    if(ARG_UNITY)
      set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    endif()
    if(ARG_COLD)
      target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
    endif()
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE freshet_options ${ARG_LINKS})
  endif()
endfunction()

# freshet_test(NAME SOURCES a_test.cc ... [LINKS target ...]): one test program, one ctest entry.
function(freshet_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} freshet_options PkgConfig::SPDLOG
    GTest::gmock GTest::gtest GTest::gtest_main)
  target_precompile_headers(${name} REUSE_FROM test_precompiled)
  # g++ 12 warns of copies inside std::string that cannot happen (GCC bugs 105329, 105651).
  target_compile_options(${name} PRIVATE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds> $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()
