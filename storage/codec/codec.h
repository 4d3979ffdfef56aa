// A codec turns the cells of one block of one stream of fixed-width cells into bytes and back, all
// of them or only chosen rows.
//
// Codecs see cells as unsigned words of 1, 2, 4, 8 or 16 bytes: signed integers and floats pass
// as their bit patterns, and only the statistics know about signs and decimal places. A codec is a
// row of function pointers in codec_registry, so one block costs one indirect call and no cell
// costs any.
//
// Path:      number_stream chooses by CellStatistics -> NumberCodec
// Threads:   stateless, any thread.
// Errors:    decoding damaged bytes throws CorruptedData; it never reads or writes out of bounds.
// Layout:    docs/formats/segment.md
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/buffer.h"
#include "storage/base/strong_id.h"

namespace freshet {

// Stored on disk.
enum class CodecId : uint8_t {
  Plain = 0,      // cells as they are
  Constant = 1,   // one cell for all rows
  BitPacked = 2,  // distance from the least cell, in as few bits as all need
  Delta = 3,      // distance from the cell before, bit-packed
  RunLength = 4,  // each run of equal neighbours once, with its length
  Distinct = 5,   // each distinct cell once, and a bit-packed code for every row
  Alp = 6,        // floats that are decimal numbers: their digits, bit-packed
};

// What the words of a block stand for.
enum class CellKind : uint8_t { Unsigned, Signed, Float };

// The distinct cells of one block, ascending as unsigned words, and each row's position in them.
template <class U>
struct DistinctCells {
  Buffer<U> cells;
  Buffer<uint32_t> codes;
};

// Floats as decimal numbers, digits * 10^up * 10^-down; see alp_codec().
template <class U>
struct DecimalCells {
  uint8_t up = 0;
  uint8_t down = 0;
  Buffer<U> digits;  // of each row, two's complement
  U min = 0;         // the least digits
  U range = 0;
  std::vector<std::pair<uint32_t, U>> exceptions;  // rows, ascending, and cells of other numbers
};

// What codecs are chosen by; exact, of one block.
template <class U>
struct CellStatistics {
  size_t count = 0;
  size_t run_count = 0;  // runs of equal neighbours
  U min = 0;             // the least cell in the order of its type
  U range = 0;           // greatest minus least
  U delta_min = 0;       // the least of (cell - cell before), as a signed number
  U delta_range = 0;
  // Only where it was worth looking for and there are few.
  std::optional<DistinctCells<U>> distinct;
  // Only of floats of which nearly all are decimal numbers.
  std::optional<DecimalCells<U>> decimal;
};

template <class U>
struct NumberCodec {
  CodecId id;
  std::string_view name;
  // What a byte counts for in the choice, against a plain one: codecs that are slower to read, or
  // cannot decode single rows, must be so much smaller.
  unsigned weight_percent;
  // Bytes that encode() would append, or an upper bound; nothing when the codec does not fit.
  std::optional<size_t> (*encoded_bytes)(const CellStatistics<U>& statistics);
  // Appends to `out`. Requires: the statistics are those of `cells`, and encoded_bytes() fits.
  void (*encode)(std::span<const U> cells, const CellStatistics<U>& statistics, std::string& out);
  // Fills `out`, which has as many cells as were encoded.
  void (*decode)(std::string_view bytes, std::span<U> out);
  // out[i] = cell rows[i] of `count`. Requires: `rows` ascend and are below `count`.
  void (*decode_selected)(std::string_view bytes, size_t count, std::span<const RowIndex> rows,
                          U* out);
};

}  // namespace freshet
