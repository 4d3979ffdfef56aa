// Cells as truth: numbers other than 0 are true.
#pragma once

#include "storage/base/buffer.h"
#include "storage/column/column.h"

namespace freshet {

struct Truth {
  Buffer<uint8_t> values;  // 1 or 0; anything where NULL
  Buffer<uint8_t> nulls;   // empty: no NULLs
};

// Requires: a column of integers, floats or Nothing, Nullable or not, Flat or Constant.
void read_truth(const Column& column, size_t row_count, Truth& truth);

// The same for conditions: NULL is false.
Buffer<uint8_t> read_condition(const Column& column, size_t row_count);

}  // namespace freshet
