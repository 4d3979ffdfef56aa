// Bytes as text of another alphabet and back: base64, hexadecimal, binary, XML.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <iterator>

#include "query/function/function_family.h"
#include "query/function/kernel.h"
#include "query/function/text_map.h"

namespace freshet {

namespace {

// --- base64

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void encode_base64(std::string_view text, std::string_view alphabet, bool pad, Buffer<char>& out) {
  for (size_t i = 0; i < text.size(); i += 3) {
    const size_t count = std::min<size_t>(3, text.size() - i);
    uint32_t bits = 0;
    for (size_t j = 0; j < 3; ++j) {
      bits = bits << 8 | (j < count ? static_cast<uint8_t>(text[i + j]) : 0u);
    }
    for (size_t j = 0; j < 4; ++j) {
      if (j <= count) {
        out.push_back(alphabet[bits >> (18 - 6 * j) & 63]);
      } else if (pad) {
        out.push_back('=');
      }
    }
  }
}

bool is_space_byte(char c) { return c == ' ' || (c >= '\t' && c <= '\r' && c != '\v'); }

// False, with rubbish appended, when the text is not base64. Blanks are passed over.
bool decode_base64(std::string_view text, std::string_view alphabet, bool padded,
                   Buffer<char>& out) {
  std::string without_blanks;
  if (std::ranges::any_of(text, is_space_byte)) {
    std::ranges::remove_copy_if(text, std::back_inserter(without_blanks), is_space_byte);
    text = without_blanks;
  }
  if (padded && text.size() % 4 != 0) return false;
  size_t padding = 0;
  while (padding < 2 && !text.empty() && text.back() == '=') {
    text.remove_suffix(1);
    ++padding;
  }
  if (text.size() % 4 == 1) return false;
  uint32_t bits = 0;
  int bit_count = 0;
  for (const char c : text) {
    const size_t value = alphabet.find(c);
    if (value == std::string_view::npos) return false;
    bits = bits << 6 | static_cast<uint32_t>(value);
    bit_count += 6;
    if (bit_count >= 8) {
      bit_count -= 8;
      out.push_back(static_cast<char>(bits >> bit_count & 0xFF));
    }
  }
  return true;
}

BoundFunction bind_base64_encode(const FunctionContext&, FunctionArguments arguments) {
  return bind_text_map("base64Encode", arguments, [](std::string_view text, Buffer<char>& out) {
    encode_base64(text, kBase64, true, out);
  });
}

BoundFunction bind_base64_url_encode(const FunctionContext&, FunctionArguments arguments) {
  return bind_text_map("base64URLEncode", arguments, [](std::string_view text, Buffer<char>& out) {
    encode_base64(text, kBase64Url, false, out);
  });
}

BoundFunction bind_base64_decode(const FunctionContext&, FunctionArguments arguments) {
  return bind_text_map("base64Decode", arguments, [](std::string_view text, Buffer<char>& out) {
    if (decode_base64(text, kBase64, true, out)) return;
    throw Error(ErrorCode::IncorrectData, "Not base64: '" + std::string(text) + "'");
  });
}

BoundFunction bind_base64_url_decode(const FunctionContext&, FunctionArguments arguments) {
  return bind_text_map("base64URLDecode", arguments, [](std::string_view text, Buffer<char>& out) {
    if (decode_base64(text, kBase64Url, false, out)) return;
    throw Error(ErrorCode::IncorrectData, "Not base64 of URLs: '" + std::string(text) + "'");
  });
}

BoundFunction bind_try_base64_decode(const FunctionContext&, FunctionArguments arguments) {
  return bind_text_map("tryBase64Decode", arguments, [](std::string_view text, Buffer<char>& out) {
    const size_t before = out.size();
    if (!decode_base64(text, kBase64, true, out)) out.resize(before);
  });
}

// --- hexadecimal and binary

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

void append_hex_byte(uint8_t byte, Buffer<char>& out) {
  out.push_back(kHexDigits[byte >> 4]);
  out.push_back(kHexDigits[byte & 15]);
}

void append_binary_byte(uint8_t byte, Buffer<char>& out) {
  for (int bit = 7; bit >= 0; --bit) out.push_back(static_cast<char>('0' + (byte >> bit & 1)));
}

using AppendByte = void (*)(uint8_t byte, Buffer<char>& out);

// An integer's bytes from the highest one that is not 0.
template <class T>
void append_integer(T value, AppendByte append, Buffer<char>& out) {
  bool started = false;
  for (size_t i = sizeof(T); i-- > 0;) {
    const auto byte = static_cast<uint8_t>(value >> (8 * i));
    started |= byte != 0 || i == 0;
    if (started) append(byte, out);
  }
}

// The bytes of a float or decimal as they lie in memory.
template <class T>
void append_memory(T value, AppendByte append, Buffer<char>& out) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  for (const char byte : bytes) append(static_cast<uint8_t>(byte), out);
}

BoundFunction bind_digits(std::string_view name, AppendByte append, FunctionArguments arguments) {
  check_argument_count(name, arguments, 1, 1);
  const DataType& type = *arguments[0].type;
  if (is_string_like(type)) {
    return bind_text_map(name, arguments, [append](std::string_view text, Buffer<char>& out) {
      for (const char c : text) append(static_cast<uint8_t>(c), out);
    });
  }
  const bool in_memory_order = is_float(type) || type.id() == TypeId::Decimal;
  if (!is_number_kind(type.kind()) || type.id() == TypeId::DateTime64 ||
      type.id() == TypeId::Interval || type.id() == TypeId::Nothing) {
    throw_illegal_type(name, arguments, 0);
  }
  const bool full_width = type.id() == TypeId::Uuid || type.id() == TypeId::Ipv6;
  return {string_type(),
          [=, kind = type.kind()](std::span<const ColumnPtr> columns, size_t row_count) {
            return dispatch_number(kind, [&]<class T>() {
              const NumberCells<T> cells(*columns[0]);
              return make_strings(row_count, row_count * sizeof(T) * 2,
                                  [&](size_t i, Buffer<char>& out) {
                                    const T value = cells[i];
                                    if constexpr (std::is_floating_point_v<T>) {
                                      append_memory(value, append, out);
                                    } else {
                                      if (in_memory_order) return append_memory(value, append, out);
                                      if (full_width) {
                                        for (size_t byte = sizeof(T); byte-- > 0;) {
                                          append(static_cast<uint8_t>(value >> (8 * byte)), out);
                                        }
                                        return;
                                      }
                                      append_integer(value, append, out);
                                    }
                                  });
            });
          }};
}

BoundFunction bind_hex(const FunctionContext&, FunctionArguments arguments) {
  return bind_digits("hex", append_hex_byte, arguments);
}

BoundFunction bind_bin(const FunctionContext&, FunctionArguments arguments) {
  return bind_digits("bin", append_binary_byte, arguments);
}

uint8_t hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<uint8_t>(c - 'A' + 10);
  return 0xFF;
}

BoundFunction bind_unhex(const FunctionContext&, FunctionArguments arguments) {
  return bind_text_map("unhex", arguments, [](std::string_view text, Buffer<char>& out) {
    // An odd first digit is a byte of its own.
    size_t i = 0;
    if (text.size() % 2 != 0) out.push_back(static_cast<char>(hex_value(text[i++])));
    for (; i < text.size(); i += 2) {
      out.push_back(static_cast<char>(hex_value(text[i]) << 4 | hex_value(text[i + 1])));
    }
  });
}

BoundFunction bind_unbin(const FunctionContext&, FunctionArguments arguments) {
  return bind_text_map("unbin", arguments, [](std::string_view text, Buffer<char>& out) {
    uint32_t byte = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      byte = byte << 1 | (text[i] == '1' ? 1u : 0u);
      if ((text.size() - i - 1) % 8 != 0) continue;
      out.push_back(static_cast<char>(byte));
      byte = 0;
    }
  });
}

// --- XML

struct XmlEntity {
  char character;
  std::string_view name;
};

constexpr std::array<XmlEntity, 5> kXmlEntities = {
    {{'<', "&lt;"}, {'>', "&gt;"}, {'&', "&amp;"}, {'"', "&quot;"}, {'\'', "&apos;"}}};

BoundFunction bind_encode_xml(const FunctionContext&, FunctionArguments arguments) {
  return bind_text_map(
      "encodeXMLComponent", arguments, [](std::string_view text, Buffer<char>& out) {
        for (const char c : text) {
          const auto* found = std::find_if(kXmlEntities.begin(), kXmlEntities.end(),
                                           [c](const XmlEntity& e) { return e.character == c; });
          if (found == kXmlEntities.end()) {
            out.push_back(c);
          } else {
            append_bytes(out, found->name);
          }
        }
      });
}

BoundFunction bind_decode_xml(const FunctionContext&, FunctionArguments arguments) {
  return bind_text_map(
      "decodeXMLComponent", arguments, [](std::string_view text, Buffer<char>& out) {
        while (!text.empty()) {
          const auto* found =
              std::find_if(kXmlEntities.begin(), kXmlEntities.end(),
                           [&](const XmlEntity& e) { return text.starts_with(e.name); });
          if (found == kXmlEntities.end()) {
            out.push_back(text[0]);
            text.remove_prefix(1);
          } else {
            out.push_back(found->character);
            text.remove_prefix(found->name.size());
          }
        }
      });
}

#define CODE(NAME, BINDER, DESCRIPTION, EXAMPLE, RESULT, ANY_CASE)                  \
  {                                                                                 \
    .name = NAME, .bind = BINDER, .syntax = NAME "(x)", .description = DESCRIPTION, \
    .example = "SELECT " EXAMPLE, .example_result = RESULT, .category = "Encoding", \
    .case_insensitive = ANY_CASE                                                    \
  }

constexpr FunctionEntry kStringEncodeFunctions[] = {
    CODE("base64Encode", bind_base64_encode, "Bytes as base64.", "base64Encode('hello')",
         "aGVsbG8=", false),
    function_alias("TO_BASE64", "base64Encode", true),
    CODE("base64Decode", bind_base64_decode, "The bytes of base64; an error for other text.",
         "base64Decode('aGVsbG8=')", "hello", false),
    function_alias("FROM_BASE64", "base64Decode", true),
    CODE("tryBase64Decode", bind_try_base64_decode, "The bytes of base64; none for other text.",
         "tryBase64Decode('aGVsbG8='), tryBase64Decode('!')", "hello\t", false),
    CODE("base64URLEncode", bind_base64_url_encode, "Bytes as base64 in the alphabet of URLs.",
         "base64URLEncode('a?>')", "YT8-", false),
    CODE("base64URLDecode", bind_base64_url_decode, "The bytes of base64 in the alphabet of URLs.",
         "base64URLDecode('YT8-')", "a?>", false),
    CODE("hex", bind_hex, "Bytes of text, or of a number, as hexadecimal digits.",
         "hex('abc'), hex(255)", "616263\tFF", true),
    CODE("unhex", bind_unhex, "Text of hexadecimal digits as bytes.", "unhex('616263')", "abc",
         true),
    CODE("bin", bind_bin, "Bytes of text, or of a number, as binary digits.", "bin(5)", "00000101",
         true),
    CODE("unbin", bind_unbin, "Text of binary digits as bytes.", "unbin('01100001')", "a", true),
    CODE("encodeXMLComponent", bind_encode_xml, "Text with XML's special characters escaped.",
         "encodeXMLComponent('<a>')", "&lt;a&gt;", false),
    CODE("decodeXMLComponent", bind_decode_xml, "Text with XML's named entities resolved.",
         "decodeXMLComponent('&lt;a&gt;')", "<a>", false),
};
#undef CODE

}  // namespace

std::span<const FunctionEntry> string_encode_functions() { return kStringEncodeFunctions; }

}  // namespace freshet
