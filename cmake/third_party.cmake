# Every library comes from the distribution; docs/dependencies.md says what each is for.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Boost 1.81 REQUIRED CONFIG)  # Beast and Asio: headers only
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED)               # SHA-256 and MD5
find_package(absl REQUIRED CONFIG)        # time zones
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(LZ4 REQUIRED IMPORTED_TARGET liblz4)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(SIMDJSON REQUIRED IMPORTED_TARGET simdjson)
pkg_check_modules(LIBEDIT REQUIRED IMPORTED_TARGET libedit)
pkg_check_modules(SPDLOG REQUIRED IMPORTED_TARGET spdlog)
find_package(tomlplusplus REQUIRED CONFIG)
find_package(CLI11 REQUIRED CONFIG)
if(FRESHET_TESTS)
  find_package(GTest REQUIRED CONFIG)
endif()
if(FRESHET_BENCHMARKS)
  find_package(benchmark REQUIRED CONFIG)
endif()
