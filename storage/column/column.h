// Column holds many cells of one physical kind.
//
// A column is filled by its one owner (MutableColumnPtr) and then shared read-only (ColumnPtr).
// Any column may come in one of three forms:
//
//   Flat        cells side by side                    [a] [b] [a] [a]
//   Constant    one cell, repeated                    cell [a], size 4
//   Dictionary  codes into shared distinct entries    codes 0 1 0 0, entries [a] [b]
//
// Flat columns are NumberColumn<T>, StringColumn, FixedStringColumn, ArrayColumn, TupleColumn and
// NullableColumn. Code that does not care calls flat() first.
//
// Threads:   a shared column is immutable; a mutable one belongs to one thread.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "storage/base/strong_id.h"
#include "storage/column/data_type.h"
#include "storage/column/value.h"

namespace freshet {

class Column;
using ColumnPtr = std::shared_ptr<const Column>;
using MutableColumnPtr = std::unique_ptr<Column>;

enum class ColumnForm : uint8_t { Flat, Constant, Dictionary };

class Column {
 public:
  virtual ~Column() = default;
  Column(const Column&) = delete;
  Column& operator=(const Column&) = delete;

  PhysicalKind kind() const { return kind_; }
  ColumnForm form() const { return form_; }

  virtual size_t size() const = 0;
  // Bytes held, shared dictionaries not counted.
  virtual size_t memory_bytes() const = 0;
  // The cells at `rows`, in that order, repeats allowed. Keeps the form.
  virtual ColumnPtr select(std::span<const RowIndex> rows) const = 0;
  // Cells [offset, offset + count). Keeps the form.
  virtual ColumnPtr slice(size_t offset, size_t count) const = 0;
  // An empty flat column for cells of this kind.
  virtual MutableColumnPtr make_empty() const = 0;
  // Appends cells of `source`, which has the same kind and any form. Requires: this is flat.
  virtual void append(const Column& source, size_t offset, size_t count) = 0;
  // Appends zeros, empty strings, empty lists, NULLs. Requires: this is flat.
  virtual void append_default(size_t count) = 0;

 protected:
  Column(PhysicalKind kind, ColumnForm form) : kind_(kind), form_(form) {}

 private:
  PhysicalKind kind_;
  ColumnForm form_;
};

// An empty flat column for cells of `type`.
MutableColumnPtr make_column(const DataType& type);
// `count` default cells of `type`, as a Constant column.
ColumnPtr make_default_column(const DataType& type, size_t count);

// The same cells in Flat form; `column` itself when it is flat already.
ColumnPtr flat(const ColumnPtr& column);
// Cells [offset, offset + count) of a column of any form, as a flat column.
ColumnPtr flat_slice(const Column& column, size_t offset, size_t count);

// The cell that `type` has when nothing is said: 0, "", an empty list, NULL, an Enum's lowest entry.
Value default_value(const DataType& type);
// One boxed cell; slow path.
Value value_at(const Column& column, size_t row);
// Appends one boxed cell. Requires: `column` is flat, and `value` fits its kind (numbers are cast).
void append_value(Column& column, const Value& value);
// Drops the cells past the first `size`, whole or half-made, as after a row that did not parse.
// Requires: `column` is flat.
void truncate(Column& column, size_t size);
// A column with `value` in every row, of `type`'s kind.
ColumnPtr make_constant_column(const DataType& type, const Value& value, size_t count);

// All cells of `parts`, in order, as one flat column of `type`. One part is returned as it is.
ColumnPtr concat_columns(const DataType& type, std::span<const ColumnPtr> parts);

}  // namespace freshet
