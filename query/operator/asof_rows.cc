#include "query/operator/asof_rows.h"

#include <algorithm>
#include <utility>

#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"

namespace freshet {

namespace {

// Flat numbers, and which of them are NULL.
struct FlatCells {
  explicit FlatCells(const ColumnPtr& column) : numbers(flat(column)) {
    if (numbers->kind() != PhysicalKind::Nullable) return;
    holder = numbers;
    const auto& nullable = static_cast<const NullableColumn&>(*holder);
    nulls = nullable.nulls();
    numbers = nullable.nested();
  }
  bool is_null(size_t row) const { return !nulls.empty() && nulls[row] != 0; }

  ColumnPtr numbers;
  ColumnPtr holder;  // of `nulls`
  std::span<const uint8_t> nulls;
};

template <class T>
bool has_order(T value) {
  return value == value;  // all but NaN
}

// The number of the nearest of `values`, ascending and distinct; values.size() when there is none.
template <class T>
size_t nearest(std::span<const T> values, T value, AsofComparison comparison) {
  const bool past_equal =
      comparison == AsofComparison::GreaterOrEquals || comparison == AsofComparison::Less;
  const auto bound = past_equal ? std::ranges::upper_bound(values, value)
                                : std::ranges::lower_bound(values, value);
  const auto above = static_cast<size_t>(bound - values.begin());
  if (comparison == AsofComparison::Less || comparison == AsofComparison::LessOrEquals) {
    return above;
  }
  return above == 0 ? values.size() : above - 1;
}

}  // namespace

void AsofRows::build(const JoinTable& table, const ColumnPtr& cells) {
  const FlatCells flat_cells(cells);
  runs_.assign(cells->size(), {});
  rows_.clear();
  rows_.reserve(cells->size());
  dispatch_number(flat_cells.numbers->kind(), [&]<class T>() {
    const std::span<const T> values = values_of<T>(*flat_cells.numbers);
    std::vector<std::pair<T, RowIndex>> run;
    const auto less = [](const auto& a, const auto& b) { return a.first < b.first; };
    for (const RowIndex first : table.first_rows()) {
      if (first == kNoRow) continue;
      run.clear();
      for (RowIndex row = first; row != kNoRow; row = table.next(row)) {
        if (!flat_cells.is_null(row) && has_order(values[row])) run.emplace_back(values[row], row);
      }
      // Rows often come in order.
      if (!std::ranges::is_sorted(run, less)) std::ranges::stable_sort(run, less);
      const auto begin = static_cast<uint32_t>(rows_.size());
      for (size_t i = 0; i < run.size(); ++i) {
        if (i == 0 || less(run[i - 1], run[i])) rows_.push_back(run[i].second);
      }
      runs_[first] = {begin, static_cast<uint32_t>(rows_.size())};
    }
  });
  cells_ = flat_cells.numbers->select(rows_);
}

void AsofRows::find(const ColumnPtr& cells, std::vector<RowIndex>& rows) const {
  const FlatCells flat_cells(cells);
  dispatch_number(flat_cells.numbers->kind(), [&]<class T>() {
    const std::span<const T> probe = values_of<T>(*flat_cells.numbers);
    const std::span<const T> build = values_of<T>(*cells_);
    for (size_t i = 0; i < rows.size(); ++i) {
      if (rows[i] == kNoRow) continue;
      const Run run = runs_[rows[i]];
      rows[i] = kNoRow;
      if (flat_cells.is_null(i) || !has_order(probe[i])) continue;
      const size_t count = run.end - run.begin;
      const size_t found = nearest(build.subspan(run.begin, count), probe[i], comparison_);
      if (found < count) rows[i] = rows_[run.begin + found];
    }
  });
}

uint64_t AsofRows::memory_bytes() const {
  return runs_.capacity() * sizeof(Run) + rows_.capacity() * sizeof(RowIndex) +
         (cells_ == nullptr ? 0 : cells_->memory_bytes());
}

}  // namespace freshet
