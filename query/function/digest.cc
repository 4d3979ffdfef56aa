// Digests of text: MD5, SHA1, SHA256, CRC32, ..., as bytes in a FixedString.
#include <openssl/evp.h>

#include <array>

#include "query/function/function_family.h"
#include "query/function/kernel.h"

namespace freshet {

namespace {

// f(text) -> FixedString of the digest's bytes.
BoundFunction bind_digest(std::string_view name, const EVP_MD* digest,
                          FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, 1);
  check_string(name, arguments, 0);
  const auto bytes = static_cast<size_t>(EVP_MD_get_size(digest));
  return {fixed_string_type(bytes),
          [=](std::span<const ColumnPtr> columns, size_t row_count) -> ColumnPtr {
            const StringCells cells(*columns[0]);
            Buffer<char> out(bytes * row_count);
            for (size_t row = 0; row < row_count; ++row) {
              const std::string_view text = cells[row];
              auto* place = reinterpret_cast<unsigned char*>(out.data() + row * bytes);
              CHECK(EVP_Digest(text.data(), text.size(), place, nullptr, digest, nullptr) == 1);
            }
            return std::make_shared<FixedStringColumn>(bytes, std::move(out));
          }};
}

// The first eight bytes of the MD5, the most significant one first.
BoundFunction bind_half_md5(const FunctionContext&, FunctionArguments arguments) {
  check_argument_count("halfMD5", arguments, 1, 1);
  check_string("halfMD5", arguments, 0);
  return {simple_type(TypeId::UInt64), [](std::span<const ColumnPtr> columns, size_t row_count) {
            const StringCells cells(*columns[0]);
            return make_numbers<uint64_t>(row_count, [&](size_t row) {
              std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
              const std::string_view text = cells[row];
              CHECK(EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_md5(),
                               nullptr) == 1);
              uint64_t half = 0;
              for (size_t i = 0; i < sizeof(half); ++i) half = half << 8 | digest[i];
              return half;
            });
          }};
}

// --- cyclic redundancy checks, bits reversed

template <class T, T kPolynomial>
constexpr std::array<T, 256> make_table() {
  std::array<T, 256> table{};
  for (size_t byte = 0; byte < 256; ++byte) {
    T rest = static_cast<T>(byte);
    for (int bit = 0; bit < 8; ++bit) rest = (rest & 1) != 0 ? rest >> 1 ^ kPolynomial : rest >> 1;
    table[byte] = rest;
  }
  return table;
}

template <class T, T kPolynomial, T kMask>
BoundFunction bind_check(std::string_view name, TypeId type, FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, 1);
  check_string(name, arguments, 0);
  return {simple_type(type), [](std::span<const ColumnPtr> columns, size_t row_count) {
            static constexpr std::array<T, 256> kTable = make_table<T, kPolynomial>();
            const StringCells cells(*columns[0]);
            return make_numbers<T>(row_count, [&](size_t row) {
              T rest = kMask;
              for (const char c : cells[row]) {
                rest = rest >> 8 ^ kTable[static_cast<uint8_t>(rest ^ static_cast<uint8_t>(c))];
              }
              return static_cast<T>(rest ^ kMask);
            });
          }};
}

BoundFunction bind_crc32(const FunctionContext&, FunctionArguments arguments) {
  return bind_check<uint32_t, 0xEDB88320U, 0xFFFFFFFFU>("CRC32", TypeId::UInt32, arguments);
}

BoundFunction bind_crc32_ieee(const FunctionContext&, FunctionArguments arguments) {
  return bind_check<uint32_t, 0xEDB88320U, 0>("CRC32IEEE", TypeId::UInt32, arguments);
}

#define DIGEST(NAME, DIGEST, TEXT, EXAMPLE_RESULT)                                                 \
  {                                                                                                \
    .name = NAME,                                                                                  \
    .bind = [](const FunctionContext&,                                                             \
               FunctionArguments arguments) { return bind_digest(NAME, DIGEST(), arguments); },    \
    .syntax = NAME "(text)", .description = "The " TEXT " of text as bytes.",                      \
    .example = "SELECT hex(" NAME "('abc'))", .example_result = EXAMPLE_RESULT, .category = "Hash" \
  }

const FunctionEntry kDigestFunctions[] = {
    DIGEST("MD5", EVP_md5, "MD5", "900150983CD24FB0D6963F7D28E17F72"),
    DIGEST("SHA1", EVP_sha1, "SHA-1", "A9993E364706816ABA3E25717850C26C9CD0D89D"),
    DIGEST("SHA224", EVP_sha224, "SHA-224",
           "23097D223405D8228642A477BDA255B32AADBCE4BDA0B3F7E36C9DA7"),
    DIGEST("SHA256", EVP_sha256, "SHA-256",
           "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"),
    DIGEST(
        "SHA384", EVP_sha384, "SHA-384",
        "CB00753F45A35E8BB5A03D699AC65007272C32AB0EDED1631A8B605A43FF5BED8086072BA1E7CC2358BAECA1"
        "34C825A7"),
    DIGEST(
        "SHA512", EVP_sha512, "SHA-512",
        "DDAF35A193617ABACC417349AE20413112E6FA4E89A97EA20A9EEEE64B55D39A2192992A274FC1A836BA3C23"
        "A3FEEBBD454D4423643CE80E2A9AC94FA54CA49F"),
    {.name = "halfMD5",
     .bind = bind_half_md5,
     .syntax = "halfMD5(text)",
     .description = "The first half of the MD5 of text, as a number.",
     .example = "SELECT halfMD5('abc')",
     .example_result = "10376663631224000432",
     .category = "Hash"},
    {.name = "CRC32",
     .bind = bind_crc32,
     .syntax = "CRC32(text)",
     .description = "The CRC-32 of text, as zlib computes it.",
     .example = "SELECT CRC32('abc')",
     .example_result = "891568578",
     .category = "Hash",
     .case_insensitive = true},
    {.name = "CRC32IEEE",
     .bind = bind_crc32_ieee,
     .syntax = "CRC32IEEE(text)",
     .description = "The CRC-32 of text that begins with 0.",
     .example = "SELECT CRC32IEEE('abc')",
     .example_result = "3395655888",
     .category = "Hash",
     .case_insensitive = true},
};
#undef DIGEST

}  // namespace

std::span<const FunctionEntry> digest_functions() { return kDigestFunctions; }

}  // namespace freshet
