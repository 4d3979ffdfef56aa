// The codecs of fixed-width cells, one factory each; codec_registry lists them.
//
// The examples are cells of uint32_t; numbers are stored little endian.
#pragma once

#include "storage/codec/codec.h"

namespace freshet {

// Cells side by side.
//   7 9 9       07 00 00 00  09 00 00 00  09 00 00 00
template <class U>
NumberCodec<U> plain_codec();

// The cell that all rows have.
//   7 7 7       07 00 00 00
template <class U>
NumberCodec<U> constant_codec();

// Packed cells (packed_cells.h).
//   100 103 101     64 00 00 00 | 02 | 1C
template <class U>
NumberCodec<U> bit_packed_codec();

// The first cell, then every cell's difference from the one before as packed cells.
//   10 20 31 41     0A 00 00 00 | 0A 00 00 00 | 01 | 02      (differences 10 11 10)
template <class U>
NumberCodec<U> delta_codec();

// Count of runs (varint), each run's cell as packed cells, each run's length as packed cells of
// uint32_t.
//   7 7 7 9     02 | 07 00 00 00 02 08 | 01 00 00 00 02 02      (cells 7 9, lengths 3 1)
template <class U>
NumberCodec<U> run_length_codec();

// Count of distinct cells (varint), those cells ascending as packed cells, then each row's position
// among them as packed cells of uint32_t.
//   900 5 5 900     02 | 05 00 00 00 0A 00 FC 0D | 00 00 00 00 01 09
template <class U>
NumberCodec<U> distinct_codec();

// Floats as decimal numbers: powers of ten up and down (u8 each), digits as packed cells, count of
// exceptions (varint), each one's row (u32) and cell. A number is its digits times the first power,
// then times the inverse of the second. Of words of 4 and 8 bytes.
// Afroozeh, Kuffo, Boncz: ALP, Adaptive Lossless floating-Point Compression (SIGMOD 2023).
//   19.99 20.5 (double)      00 02 | CF 07 .. 00 06 | 33 | 00      (digits 1999 2050)
template <class U>
NumberCodec<U> alp_codec();

}  // namespace freshet
