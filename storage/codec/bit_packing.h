// Bit packing: unsigned integers stored in only as many bits as the widest of them needs.
//
// Path:      bit_packed, delta, run_length, distinct -> bit_packing
// Requires:  U is uint8_t, uint16_t, uint32_t or uint64_t; width <= bits of U.
// Layout:    groups of 1024 values, each 128 * width bytes, then the rest as one run of bits.
//
// A group is stored in lanes, so that one instruction unpacks as many values as a vector register
// holds whatever the width. With B bits in U there are 1024 / B lanes of B values; value i is row
// i / lanes of lane i % lanes, a lane is `width` words of U filled from the low bit up, and word k
// of all lanes lie side by side. Three-bit values in uint32_t (32 lanes of 3 words):
//
//   bytes   0..127   word 0 of lanes 0..31: rows 0..9 and the two low bits of row 10
//   bytes 128..255   word 1 of lanes 0..31: high bit of row 10, rows 11..20, a bit of row 21
//   bytes 256..383   word 2 of lanes 0..31: two bits of row 21, rows 22..31
//
// The rest, fewer than 1024 values, is packed one after the other from the low bit of the first
// byte up: values 1, 2, 3 in three bits are the bytes 0xD1 0x00.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace freshet {

inline constexpr size_t kPackGroupCells = 1024;

// Bits that `value` needs; 0 for 0.
unsigned bit_width_of(uint64_t value);

inline size_t packed_bytes(size_t count, unsigned width) {
  const size_t groups = count / kPackGroupCells;
  const size_t rest = count % kPackGroupCells;
  return groups * (kPackGroupCells / 8) * width + (rest * width + 7) / 8;
}

// Appends `values[i] - base`, each in `width` bits. Requires: they fit.
template <class U>
void pack_bits(std::span<const U> values, U base, unsigned width, std::string& out);

// out[i] = base + value i. Requires: packed.size() == packed_bytes(out.size(), width).
template <class U>
void unpack_bits(std::string_view packed, unsigned width, U base, std::span<U> out);

// Values [first, first + out.size()) of `count` packed ones. Requires: as unpack_bits; `first` is a
// multiple of kPackGroupCells, and out.size() is that or what is left.
template <class U>
void unpack_bits_group(std::string_view packed, size_t count, unsigned width, U base, size_t first,
                       std::span<U> out);

// Value `index` of `count` packed ones. Requires: as unpack_bits.
template <class U>
U unpack_one(std::string_view packed, size_t count, unsigned width, size_t index);

}  // namespace freshet
