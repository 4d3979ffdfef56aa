#include "storage/column/address_text.h"

#include <arpa/inet.h>

#include <cstring>

#include "storage/column/number_text.h"

namespace freshet {

namespace {

// Value of a hexadecimal digit, or 255.
uint8_t hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint8_t>(c - '0');
  const char lower = static_cast<char>(c | 0x20);
  if (lower >= 'a' && lower <= 'f') return static_cast<uint8_t>(lower - 'a' + 10);
  return 255;
}

constexpr size_t kUuidDashes[] = {8, 13, 18, 23};
constexpr size_t kUuidBytes = 36;
constexpr size_t kUuidDigits = 32;

UInt128 number_of_bytes(const unsigned char (&bytes)[16]) {
  UInt128 value = 0;
  for (const unsigned char byte : bytes) value = value << 8 | byte;
  return value;
}

}  // namespace

bool parse_uuid(std::string_view text, UInt128& out) {
  const bool dashed = text.size() == kUuidBytes;
  if (!dashed && text.size() != kUuidDigits) return false;
  UInt128 value = 0;
  size_t next_dash = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (dashed && next_dash < 4 && i == kUuidDashes[next_dash]) {
      if (text[i] != '-') return false;
      ++next_dash;
      continue;
    }
    const uint8_t digit = hex_value(text[i]);
    if (digit > 15) return false;
    value = value << 4 | digit;
  }
  out = value;
  return true;
}

void append_uuid(std::string& out, UInt128 value) {
  static constexpr char kDigits[] = "0123456789abcdef";
  char text[kUuidBytes];
  size_t next_dash = 4;
  for (size_t i = kUuidBytes; i-- > 0;) {
    if (next_dash > 0 && i == kUuidDashes[next_dash - 1]) {
      text[i] = '-';
      --next_dash;
      continue;
    }
    text[i] = kDigits[static_cast<size_t>(value & 15)];
    value >>= 4;
  }
  out.append(text, kUuidBytes);
}

bool parse_ipv4(std::string_view text, uint32_t& out) {
  uint32_t value = 0;
  size_t at = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && (at >= text.size() || text[at++] != '.')) return false;
    uint32_t octet = 0;
    const size_t begin = at;
    while (at < text.size() && at - begin < 3 && text[at] >= '0' && text[at] <= '9') {
      octet = octet * 10 + static_cast<uint32_t>(text[at++] - '0');
    }
    if (at == begin || octet > 255) return false;
    value = value << 8 | octet;
  }
  if (at != text.size()) return false;
  out = value;
  return true;
}

void append_ipv4(std::string& out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    append_integer(out, value >> shift & 255);
    if (shift > 0) out += '.';
  }
}

bool parse_ipv6(std::string_view text, UInt128& out) {
  uint32_t ipv4;
  if (parse_ipv4(text, ipv4)) {
    out = UInt128{0xFFFF'0000'0000} | ipv4;
    return true;
  }
  char terminated[INET6_ADDRSTRLEN + 1] = {};
  if (text.size() >= sizeof(terminated) || text.find('\0') != std::string_view::npos) return false;
  std::memcpy(terminated, text.data(), text.size());
  unsigned char bytes[16];
  if (inet_pton(AF_INET6, terminated, bytes) != 1) return false;
  out = number_of_bytes(bytes);
  return true;
}

void append_ipv6(std::string& out, UInt128 value) {
  unsigned char bytes[16];
  for (size_t i = sizeof(bytes); i-- > 0;) {
    bytes[i] = static_cast<unsigned char>(value);
    value >>= 8;
  }
  char text[INET6_ADDRSTRLEN];
  out += inet_ntop(AF_INET6, bytes, text, sizeof(text));
}

}  // namespace freshet
