#include "storage/base/bytes.h"

#include "storage/base/error.h"

namespace freshet {

uint64_t ByteReader::get_varint() {
  uint64_t value = 0;
  const std::size_t start = offset_;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const uint8_t byte = get_u8();
    if (shift == 63 && byte > 1) break;
    value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  throw Error(ErrorCode::CorruptedData,
              "Varint is longer than 64 bits at offset " + std::to_string(start));
}

void ByteReader::require_elements(uint64_t count, std::size_t element_bytes_min) const {
  if (count > remaining() / element_bytes_min) {
    throw Error(ErrorCode::CorruptedData, "Count " + std::to_string(count) + " exceeds the " +
                                              std::to_string(remaining()) +
                                              " bytes left at offset " + std::to_string(offset_));
  }
}

void ByteReader::throw_short(uint64_t count) const {
  throw Error(ErrorCode::CorruptedData, "Need " + std::to_string(count) + " bytes but only " +
                                            std::to_string(remaining()) + " are left at offset " +
                                            std::to_string(offset_));
}

}  // namespace freshet
