// The loop of functions of two numbers: converts both operands to T in tiles that stay in the
// first-level cache, and applies the operation. One loop per operation and result type, whatever
// the operands' types.
#pragma once

#include <algorithm>

#include "query/function/kernel.h"
#include "query/function/number_conversion.h"

namespace freshet {

// One operand's cells as T, a tile at a time.
template <class T>
class OperandTiles {
 public:
  static constexpr size_t kTileRows = 512;

  explicit OperandTiles(const Column& column)
      : cells_(flat_cells(column)), constant_(is_constant(column)) {
    if (constant_) {
      convert_cells<T>(cells_, 0, 1, tile_);
    } else if (cells_.kind() == KindOf<T>::value) {
      values_ = values_of<T>(cells_).data();
    }
  }

  bool constant() const { return constant_; }
  T constant_value() const { return tile_[0]; }
  // Cells [offset, offset + count); valid until the next call. Requires: not constant,
  // count <= kTileRows.
  const T* tile(size_t offset, size_t count) {
    if (values_ != nullptr) return values_ + offset;
    convert_cells<T>(cells_, offset, count, tile_);
    return tile_;
  }

 private:
  const Column& cells_;
  bool constant_;
  const T* values_ = nullptr;
  T tile_[kTileRows];
};

// out[i] = operation(a[i], b[i]), operands converted to T.
template <class T, class Result, class Operation>
ColumnPtr binary_loop(const Column& a, const Column& b, size_t row_count, Operation operation) {
  OperandTiles<T> left(a);
  OperandTiles<T> right(b);
  Buffer<Result> out(row_count);
  for (size_t offset = 0; offset < row_count; offset += OperandTiles<T>::kTileRows) {
    const size_t count = std::min(OperandTiles<T>::kTileRows, row_count - offset);
    Result* result = out.data() + offset;
    if (left.constant() && right.constant()) {
      std::fill_n(result, count, operation(left.constant_value(), right.constant_value()));
    } else if (right.constant()) {
      const T* values = left.tile(offset, count);
      const T constant = right.constant_value();
      for (size_t i = 0; i < count; ++i) result[i] = operation(values[i], constant);
    } else if (left.constant()) {
      const T* values = right.tile(offset, count);
      const T constant = left.constant_value();
      for (size_t i = 0; i < count; ++i) result[i] = operation(constant, values[i]);
    } else {
      const T* lefts = left.tile(offset, count);
      const T* rights = right.tile(offset, count);
      for (size_t i = 0; i < count; ++i) result[i] = operation(lefts[i], rights[i]);
    }
  }
  return make_number_column<Result>(std::move(out));
}

}  // namespace freshet
