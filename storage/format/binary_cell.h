// BinaryCell: one cell as RowBinary has it.
//
// Layout:
//   numbers, dates, enums   little endian           Bool          one byte
//   String                  varint length, bytes    FixedString   bytes
//   UUID                    high 8 bytes, low 8 bytes, each little endian
//   IPv4                    4 bytes little endian   IPv6          16 bytes, first group first
//   Nullable                1 for NULL; or 0, cell  Array         varint count, cells
//   Map                     varint count, key and value by turns  Tuple  cells
// Threads:   immutable, any thread.
#pragma once

#include <memory>
#include <string>

#include "storage/column/column.h"
#include "storage/format/byte_cursor.h"

namespace freshet {

class BinaryCell {
 public:
  virtual ~BinaryCell() = default;
  // False when the bytes end inside the cell.
  virtual bool skip(ByteCursor& bytes) const = 0;
  // False when the bytes end inside the cell or are none of the type; half a cell may be left
  // behind, which the caller truncates.
  virtual bool read(ByteCursor& bytes, Column& column) const = 0;
  // Requires: `column` is flat.
  virtual void write(const Column& column, size_t row, std::string& out) const = 0;
};

std::unique_ptr<const BinaryCell> make_binary_cell(const DataTypePtr& type);

// Numbers whose bytes are not those of the column: the same function both ways.
UInt128 swap_uuid_halves(UInt128 value);
UInt128 swap_ipv6_bytes(UInt128 value);

}  // namespace freshet
