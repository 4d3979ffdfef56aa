// Packed cells: the least cell, a width, and every cell's distance from the least in that width.
// The building block of the codecs; 16-byte cells are stored as they are.
//
//   100 103 101 in uint32_t   64 00 00 00 | 02 | 1C      (binary 01 11 00, last cell first)
//
// Layout: least cell (bytes of U), width (u8), bits (bit_packing.h)
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "storage/base/buffer.h"
#include "storage/base/bytes.h"
#include "storage/base/error.h"
#include "storage/codec/bit_packing.h"

namespace freshet {

template <class U>
void put_cell(U cell, std::string& out) {
  char bytes[sizeof(U)];
  std::memcpy(bytes, &cell, sizeof(U));
  out.append(bytes, sizeof(U));
}

template <class U>
U get_cell(ByteReader& reader) {
  U cell;
  std::memcpy(&cell, reader.get_bytes(sizeof(U)).data(), sizeof(U));
  return cell;
}

template <class U>
size_t packed_cells_bytes(size_t count, U range) {
  if constexpr (sizeof(U) == 16) return count * sizeof(U);
  return sizeof(U) + 1 + packed_bytes(count, bit_width_of(static_cast<uint64_t>(range)));
}

// Requires: every cell - min, modulo 2^bits, is at most `range`.
template <class U>
void put_packed_cells(std::span<const U> cells, U min, U range, std::string& out) {
  if constexpr (sizeof(U) == 16) {
    out.append(reinterpret_cast<const char*>(cells.data()), cells.size_bytes());
  } else {
    const unsigned width = bit_width_of(range);
    put_cell<U>(min, out);
    out.push_back(static_cast<char>(width));
    pack_bits<U>(cells, min, width, out);
  }
}

// Parsed but not decoded; a view into the bytes it was read from.
template <class U>
struct PackedCells {
  size_t count = 0;
  U min = 0;
  unsigned width = 0;
  std::string_view bits;

  static PackedCells get(ByteReader& reader, size_t count) {
    PackedCells cells;
    cells.count = count;
    if constexpr (sizeof(U) == 16) {
      reader.require_elements(count, sizeof(U));
      cells.bits = reader.get_bytes(count * sizeof(U));
    } else {
      cells.min = get_cell<U>(reader);
      cells.width = reader.get_u8();
      if (cells.width > 8 * sizeof(U)) {
        throw Error(ErrorCode::CorruptedData,
                    "Packed cells are too wide: " + std::to_string(cells.width));
      }
      cells.bits = reader.get_bytes(packed_bytes(count, cells.width));
    }
    return cells;
  }

  void decode(std::span<U> out) const {
    if constexpr (sizeof(U) == 16) {
      std::memcpy(out.data(), bits.data(), bits.size());
    } else {
      unpack_bits<U>(bits, width, min, out);
    }
  }

  // out[i] = cell rows[i]. Requires: `rows` ascend and are below the count.
  void decode_selected(std::span<const RowIndex> rows, U* out) const {
    if constexpr (sizeof(U) == 16) {
      for (const RowIndex row : rows) *out++ = at(row);
    } else {
      // Group by group, which stays in the nearest cache.
      std::array<U, kPackGroupCells> group;
      for (size_t i = 0; i < rows.size();) {
        const size_t first = rows[i] / kPackGroupCells * kPackGroupCells;
        const size_t end = std::min(first + kPackGroupCells, count);
        // From one row in so many on, unpacking all and picking is cheaper.
        const size_t dense = i + kPackGroupCells / 8;
        if (dense < rows.size() && rows[dense] < end) {
          unpack_bits_group<U>(bits, count, width, min, first, std::span(group).first(end - first));
          for (; i < rows.size() && rows[i] < end; ++i) *out++ = group[rows[i] - first];
        } else {
          for (; i < rows.size() && rows[i] < end; ++i) *out++ = at(rows[i]);
        }
      }
    }
  }

  U at(size_t index) const {
    if constexpr (sizeof(U) == 16) {
      U cell;
      std::memcpy(&cell, bits.data() + index * sizeof(U), sizeof(U));
      return cell;
    } else {
      return static_cast<U>(min + unpack_one<U>(bits, count, width, index));
    }
  }
};

}  // namespace freshet
