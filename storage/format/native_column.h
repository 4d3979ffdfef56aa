// NativeColumn: many cells of one column as a Native block has them.
//
// Layout:
//   [prefix] [data]         all prefixes of a type come before its data
//   numbers, FixedString    as in RowBinary, side by side
//   String                  varint length and bytes each
//   Nullable                a byte per row (1 is NULL), then the nested data of all rows
//   Array                   u64 end of each list, counted in elements, then the elements
//   Map                     as Array(Tuple(key, value))     Tuple  each element's data
//   LowCardinality          prefix: u64 1. Data, unless there are no rows: u64 flags (low byte: the
//                           log2 of an index's bytes; 0x600), u64 key count, keys without Nullable
//                           (the first is the default, or NULL), u64 row count, indexes
// Threads:   immutable, any thread.
#pragma once

#include <memory>
#include <string>

#include "storage/column/column.h"
#include "storage/format/byte_cursor.h"

namespace freshet {

class NativeColumn {
 public:
  virtual ~NativeColumn() = default;
  virtual void write_prefix(std::string&) const {}
  // Cells [begin, end). Requires: `column` is flat.
  virtual void write(const Column& column, size_t begin, size_t end, std::string& out) const = 0;
  // These give false when the bytes end too early, or throw IncorrectData when they are damaged.
  virtual bool skip_prefix(ByteCursor&) const { return true; }
  virtual bool skip(ByteCursor& bytes, size_t count) const = 0;
  // Appends `count` cells.
  virtual bool read(ByteCursor& bytes, size_t count, Column& column) const = 0;
};

std::unique_ptr<const NativeColumn> make_native_column(const DataTypePtr& type);

}  // namespace freshet
