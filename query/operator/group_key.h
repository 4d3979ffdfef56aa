// GroupKey: how the key columns of GROUP BY, DISTINCT and joins become one key per row.
//
//   Packed64   fixed-width cells of 8 bytes in all:   RegionID Int32, OS Int16  ->  [OS|RegionID]
//   Packed128  of 16 bytes in all
//   Text       one String column: the cell's own bytes
//   Bytes      anything else: cells one after the other, self-delimiting
//
// A Nullable cell takes one more byte, 1 for NULL, whose value bytes are 0 then. Equal rows have
// equal keys and no others do; -0.0 is stored as 0.0 and every NaN as one NaN.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "storage/base/buffer.h"
#include "storage/column/chunk.h"

namespace freshet {

enum class KeyForm : uint8_t { Packed64, Packed128, Text, Bytes };

class GroupKey {
 public:
  explicit GroupKey(std::vector<DataTypePtr> types);

  KeyForm form() const { return form_; }
  const std::vector<DataTypePtr>& types() const { return types_; }
  // Packed forms: bytes of a key that are used.
  size_t packed_bytes() const { return packed_bytes_; }

  // Requires: the form. Columns in any form of column, in the order of types().
  void pack(std::span<const ColumnPtr> columns, size_t row_count, Buffer<uint64_t>& keys) const;
  void pack(std::span<const ColumnPtr> columns, size_t row_count, Buffer<UInt128>& keys) const;
  // Key i is bytes [offsets[i], offsets[i + 1]).
  void serialize(std::span<const ColumnPtr> columns, size_t row_count, Buffer<char>& bytes,
                 Buffer<uint32_t>& offsets) const;

  // The key columns of `keys` back again.
  std::vector<ColumnPtr> unpack(std::span<const uint64_t> keys) const;
  std::vector<ColumnPtr> unpack(std::span<const UInt128> keys) const;
  std::vector<ColumnPtr> parse(std::span<const std::string_view> keys) const;

 private:
  template <class Key>
  void pack_as(std::span<const ColumnPtr> columns, size_t row_count, Buffer<Key>& keys) const;
  template <class Key>
  std::vector<ColumnPtr> unpack_as(std::span<const Key> keys) const;

  std::vector<DataTypePtr> types_;
  KeyForm form_;
  size_t packed_bytes_ = 0;
};

}  // namespace freshet
