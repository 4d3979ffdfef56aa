#include "storage/column/row_order.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "storage/base/check.h"
#include "storage/column/coded_column.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"
#include "storage/column/sorted_cells.h"
#include "storage/column/string_column.h"

namespace freshet {

namespace {

struct FlatCell {
  const Column* column;
  size_t row;
};

// Where a cell of any form lies flat.
FlatCell flat_cell(const Column& column, size_t row) {
  switch (column.form()) {
    case ColumnForm::Flat:
      break;
    case ColumnForm::Constant:
      return {static_cast<const ConstantColumn&>(column).cell().get(), 0};
    case ColumnForm::Dictionary: {
      const auto& coded = static_cast<const DictionaryColumn&>(column);
      return {coded.dictionary()->entries.get(), coded.codes()[row]};
    }
  }
  return {&column, row};
}

// How NULL and NaN compare with everything else: 1 greater, -1 less.
using MisfitOrder = int;

template <class T>
int compare_numbers(T a, T b, MisfitOrder misfits = 1) {
  if constexpr (std::is_floating_point_v<T>) {
    const bool a_nan = std::isnan(a);
    const bool b_nan = std::isnan(b);
    if (a_nan || b_nan) return misfits * (static_cast<int>(a_nan) - static_cast<int>(b_nan));
  }
  return static_cast<int>(a > b) - static_cast<int>(a < b);
}

int compare_flat_cells(const Column& a, size_t row_a, const Column& b, size_t row_b,
                       MisfitOrder misfits);

int compare_lists(const ArrayColumn& a, size_t row_a, const ArrayColumn& b, size_t row_b,
                  MisfitOrder misfits) {
  const size_t begin_a = a.offsets()[row_a];
  const size_t begin_b = b.offsets()[row_b];
  const size_t count_a = a.offsets()[row_a + 1] - begin_a;
  const size_t count_b = b.offsets()[row_b + 1] - begin_b;
  for (size_t i = 0; i < std::min(count_a, count_b); ++i) {
    const int order =
        compare_flat_cells(*a.elements(), begin_a + i, *b.elements(), begin_b + i, misfits);
    if (order != 0) return order;
  }
  return compare_numbers(count_a, count_b);
}

int compare_tuples(const TupleColumn& a, size_t row_a, const TupleColumn& b, size_t row_b,
                   MisfitOrder misfits) {
  for (size_t i = 0; i < a.element_count(); ++i) {
    const int order = compare_flat_cells(*a.element(i), row_a, *b.element(i), row_b, misfits);
    if (order != 0) return order;
  }
  return 0;
}

int compare_flat_cells(const Column& a, size_t row_a, const Column& b, size_t row_b,
                       MisfitOrder misfits) {
  DCHECK(a.kind() == b.kind());
  switch (a.kind()) {
    case PhysicalKind::String:
      return static_cast<const StringColumn&>(a).at(row_a).compare(
          static_cast<const StringColumn&>(b).at(row_b));
    case PhysicalKind::FixedString:
      return static_cast<const FixedStringColumn&>(a).at(row_a).compare(
          static_cast<const FixedStringColumn&>(b).at(row_b));
    case PhysicalKind::Array:
      return compare_lists(static_cast<const ArrayColumn&>(a), row_a,
                           static_cast<const ArrayColumn&>(b), row_b, misfits);
    case PhysicalKind::Tuple:
      return compare_tuples(static_cast<const TupleColumn&>(a), row_a,
                            static_cast<const TupleColumn&>(b), row_b, misfits);
    case PhysicalKind::Nullable: {
      const auto& nullable_a = static_cast<const NullableColumn&>(a);
      const auto& nullable_b = static_cast<const NullableColumn&>(b);
      const bool null_a = nullable_a.nulls()[row_a] != 0;
      const bool null_b = nullable_b.nulls()[row_b] != 0;
      if (null_a || null_b) {
        return misfits * (static_cast<int>(null_a) - static_cast<int>(null_b));
      }
      return compare_flat_cells(*nullable_a.nested(), row_a, *nullable_b.nested(), row_b, misfits);
    }
    default:
      return dispatch_number(a.kind(), [&]<class T>() {
        return compare_numbers(static_cast<const NumberColumn<T>&>(a).values()[row_a],
                               static_cast<const NumberColumn<T>&>(b).values()[row_b], misfits);
      });
  }
}

// Whether every row of `tied` comes before its successor by `compare`; keeps the rows that equal
// it.
template <class Compare>
bool keep_tied(std::vector<RowIndex>& tied, const Compare& compare) {
  size_t kept = 0;
  for (const RowIndex row : tied) {
    const int order = compare(row, row + 1);
    if (order > 0) return false;
    if (order == 0) tied[kept++] = row;
  }
  tied.resize(kept);
  return true;
}

}  // namespace

int compare_cells(const Column& a, size_t row_a, const Column& b, size_t row_b) {
  const FlatCell cell_a = flat_cell(a, row_a);
  const FlatCell cell_b = flat_cell(b, row_b);
  return compare_flat_cells(*cell_a.column, cell_a.row, *cell_b.column, cell_b.row, 1);
}

int compare_sorted_cells(const Column& a, size_t row_a, const Column& b, size_t row_b,
                         const SortColumn& order) {
  const FlatCell cell_a = flat_cell(a, row_a);
  const FlatCell cell_b = flat_cell(b, row_b);
  const MisfitOrder misfits = order.nulls_first == order.descending ? 1 : -1;
  const int ascending =
      compare_flat_cells(*cell_a.column, cell_a.row, *cell_b.column, cell_b.row, misfits);
  return order.descending ? -ascending : ascending;
}

bool rows_are_sorted(const Chunk& chunk, std::span<const SortColumn> order) {
  if (chunk.row_count < 2) return true;
  std::vector<RowIndex> tied(chunk.row_count - 1);
  for (size_t i = 0; i < tied.size(); ++i) tied[i] = static_cast<RowIndex>(i);
  for (const SortColumn& by : order) {
    const Column& column = *chunk.columns[by.column];
    bool sorted;
    const bool is_plain = column.kind() < PhysicalKind::F32 || (!by.descending && !by.nulls_first);
    if (column.form() == ColumnForm::Flat && is_number_kind(column.kind()) && is_plain) {
      sorted = dispatch_number(column.kind(), [&]<class T>() {
        const T* values = values_of<T>(column).data();
        return by.descending ? keep_tied(tied,
                                         [&](RowIndex a, RowIndex b) {
                                           return compare_numbers(values[b], values[a]);
                                         })
                             : keep_tied(tied, [&](RowIndex a, RowIndex b) {
                                 return compare_numbers(values[a], values[b]);
                               });
      });
    } else {
      sorted = keep_tied(tied, [&](RowIndex a, RowIndex b) {
        return compare_sorted_cells(column, a, column, b, by);
      });
    }
    if (!sorted) return false;
    if (tied.empty()) return true;
  }
  return true;
}

int compare_rows(const Chunk& a, size_t row_a, const Chunk& b, size_t row_b,
                 std::span<const SortColumn> order) {
  for (const SortColumn& by : order) {
    const int cells =
        compare_sorted_cells(*a.columns[by.column], row_a, *b.columns[by.column], row_b, by);
    if (cells != 0) return cells;
  }
  return 0;
}

}  // namespace freshet
