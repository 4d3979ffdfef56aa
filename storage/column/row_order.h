// Order of cells and rows: NULL last, NaN after numbers, strings by bytes.
#pragma once

#include <span>
#include <vector>

#include "storage/column/chunk.h"

namespace freshet {

// Negative, 0 or positive, ascending. Columns of one kind, in any form.
int compare_cells(const Column& a, size_t row_a, const Column& b, size_t row_b);

struct SortColumn {
  ColumnIndex column = 0;
  bool descending = false;
  // Where NULL stands, whatever the direction. NaN stands next to it, on the numbers' side.
  bool nulls_first = false;
};

// Rows [0, row_count) of the sort columns in stable order. Specialised for numbers and for strings;
// `already_sorted` inputs are found in one pass.
std::vector<RowIndex> sort_rows(const Chunk& chunk, std::span<const SortColumn> order);
bool rows_are_sorted(const Chunk& chunk, std::span<const SortColumn> order);
int compare_rows(const Chunk& a, size_t row_a, const Chunk& b, size_t row_b,
                 std::span<const SortColumn> order);

}  // namespace freshet
