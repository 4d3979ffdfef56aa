// The order of two cells under a sort column.
//
// NULL and NaN stand at one end of it, whatever the direction, also within arrays and tuples: of
// [1], [2] and [NULL], ORDER BY .. DESC gives [2], [1], [NULL].
#pragma once

#include "storage/column/row_order.h"

namespace freshet {

// Negative, 0 or positive. Columns of one kind, in any form.
int compare_sorted_cells(const Column& a, size_t row_a, const Column& b, size_t row_b,
                         const SortColumn& order);

}  // namespace freshet
