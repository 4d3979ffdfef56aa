// One pass over a block's cells for what chooses its codec.
#pragma once

#include <span>

#include "storage/codec/codec.h"

namespace freshet {

// The unsigned word with the bits of a fixed-width cell.
template <size_t kBytes>
struct WordOf;
template <>
struct WordOf<1> {
  using Type = uint8_t;
};
template <>
struct WordOf<2> {
  using Type = uint16_t;
};
template <>
struct WordOf<4> {
  using Type = uint32_t;
};
template <>
struct WordOf<8> {
  using Type = uint64_t;
};
template <>
struct WordOf<16> {
  __extension__ using Type = unsigned __int128;
};
template <class T>
using Word = typename WordOf<sizeof(T)>::Type;

// min and range of Signed are those of two's complement integers. 16-byte cells get counts only.
// `distinct` and `decimal` are left empty.
template <class U>
CellStatistics<U> compute_statistics(std::span<const U> cells, CellKind kind);

// Looks for at most `count_max` distinct cells; nothing when there are more.
template <class U>
std::optional<DistinctCells<U>> compute_distinct(std::span<const U> cells, size_t count_max);

// Nothing when too many are no decimal numbers. Words of 4 and 8 bytes, which are floats.
template <class U>
std::optional<DecimalCells<U>> compute_decimal(std::span<const U> cells);

}  // namespace freshet
