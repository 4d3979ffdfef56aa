// The loops of comparisons: cells of one kind on both sides, 0 or 1 out.
#pragma once

#include "storage/column/column.h"

namespace freshet {

enum class Comparison : uint8_t { Equals, NotEquals, Less, LessOrEquals, Greater, GreaterOrEquals };

inline bool is_equality(Comparison comparison) {
  return comparison == Comparison::Equals || comparison == Comparison::NotEquals;
}
// The comparison of (b, a) that holds when this one holds of (a, b).
Comparison swapped(Comparison comparison);

// Both sides number columns, Flat or Constant; they are compared as numbers of `kind`, to which
// both are converted.
ColumnPtr compare_numbers(Comparison comparison, PhysicalKind kind, const Column& a,
                          const Column& b, size_t row_count);
// 64-bit integers with floats, exactly.
ColumnPtr compare_mixed_numbers(Comparison comparison, const ColumnPtr& a, const ColumnPtr& b,
                                size_t row_count);
// String or FixedString columns, by bytes; the zero bytes that pad a FixedString do not count.
ColumnPtr compare_strings(Comparison comparison, const Column& a, const Column& b,
                          size_t row_count);
// Columns of one kind and type, cell by cell as in sorting.
ColumnPtr compare_any(Comparison comparison, const Column& a, const Column& b, size_t row_count);

}  // namespace freshet
