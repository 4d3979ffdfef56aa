#include "query/function/utf8.h"

namespace freshet {

size_t valid_utf8_prefix(std::string_view text) {
  const auto lead = static_cast<uint8_t>(text[0]);
  if (lead < 0x80) return 1;
  const size_t bytes = utf8_sequence_bytes(text[0]);
  if (bytes == 1 || text.size() < bytes) return 0;
  for (size_t i = 1; i < bytes; ++i) {
    if (!is_utf8_continuation(text[i])) return 0;
  }
  const uint32_t value = decode_utf8(text.substr(0, bytes));
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value < 0xE000;
  return value < kLeast[bytes] || value > 0x10FFFF || surrogate ? 0 : bytes;
}

uint32_t decode_utf8(std::string_view sequence) {
  const auto lead = static_cast<uint8_t>(sequence[0]);
  constexpr uint8_t kLeadBits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  uint32_t value = lead & kLeadBits[sequence.size()];
  for (size_t i = 1; i < sequence.size(); ++i) {
    value = value << 6 | (static_cast<uint8_t>(sequence[i]) & 0x3F);
  }
  return value;
}

}  // namespace freshet
