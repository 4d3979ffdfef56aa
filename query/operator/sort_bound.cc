#include "query/operator/sort_bound.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "storage/column/coded_column.h"
#include "storage/column/nested_column.h"
#include "storage/column/number_column.h"
#include "storage/column/row_order.h"
#include "storage/column/string_column.h"

namespace freshet {

namespace {

template <class Matters>
void keep_if(size_t row_count, std::vector<RowIndex>& rows, const Matters& matters) {
  rows.resize(row_count);
  size_t count = 0;
  for (size_t i = 0; i < row_count; ++i) {
    rows[count] = static_cast<RowIndex>(i);
    count += matters(i) ? 1 : 0;
  }
  rows.resize(count);
}

// Nullable cells are not judged: where NULL stands is for the sort to say.
bool is_judged(const Column& column) {
  return is_number_kind(column.kind()) || column.kind() == PhysicalKind::String;
}

// Integers and strings. Numbers with a fraction may have NaN, which has no place between bounds.
template <class T>
std::optional<bool> is_less(const Value& a, const Value& b) {
  const T* left = std::get_if<T>(&a.cell);
  const T* right = std::get_if<T>(&b.cell);
  if (left == nullptr || right == nullptr) return std::nullopt;
  return *left < *right;
}

bool comes_before(const Value& a, const Value& b) {
  if (const auto less = is_less<uint64_t>(a, b)) return *less;
  if (const auto less = is_less<int64_t>(a, b)) return *less;
  return is_less<std::string>(a, b).value_or(false);
}

}  // namespace

void SortBound::tighten(const ColumnPtr& cell) {
  if (!is_judged(*cell)) return;
  MutexLock lock(mutex_);
  if (cell_ != nullptr) {
    const int order = compare_cells(*cell, 0, *cell_, 0);
    if (descending_ ? order <= 0 : order >= 0) return;
  }
  cell_ = cell;
  value_ = value_at(*cell, 0);
  is_known_.store(true, std::memory_order_release);
}

bool SortBound::excludes(const Value& min, const Value& max) const {
  if (!is_known()) return false;
  MutexLock lock(mutex_);
  return descending_ ? comes_before(max, value_) : comes_before(value_, min);
}

bool SortBound::is_better(const Value& min, const Value& max, const Value& other_min,
                          const Value& other_max) const {
  return descending_ ? comes_before(other_max, max) : comes_before(min, other_min);
}

bool SortBound::select(const Column& cells, std::vector<RowIndex>& rows) const {
  if (!is_known() || cells.form() == ColumnForm::Constant) return false;
  ColumnPtr bound;
  {
    MutexLock lock(mutex_);
    bound = cell_;
  }
  if (cells.kind() != bound->kind()) return false;
  if (is_number_kind(cells.kind())) {
    if (cells.form() != ColumnForm::Flat) return false;
    dispatch_number(cells.kind(), [&]<class T>() {
      const std::span<const T> values = values_of<T>(cells);
      const T limit = values_of<T>(*bound)[0];
      if (descending_) {
        keep_if(values.size(), rows, [&](size_t i) { return !(values[i] < limit); });
      } else {
        keep_if(values.size(), rows, [&](size_t i) { return !(values[i] > limit); });
      }
    });
    return true;
  }
  const std::string_view limit = static_cast<const StringColumn&>(*bound).at(0);
  const auto judge = [&](const auto& text_at) {
    if (descending_) {
      keep_if(cells.size(), rows, [&](size_t i) { return text_at(i) >= limit; });
    } else {
      keep_if(cells.size(), rows, [&](size_t i) { return text_at(i) <= limit; });
    }
  };
  if (cells.form() == ColumnForm::Dictionary) {
    const auto& coded = static_cast<const DictionaryColumn&>(cells);
    const auto& entries = static_cast<const StringColumn&>(*coded.dictionary()->entries);
    judge([&](size_t i) { return entries.at(coded.codes()[i]); });
  } else {
    const auto& strings = static_cast<const StringColumn&>(cells);
    judge([&](size_t i) { return strings.at(i); });
  }
  return true;
}

}  // namespace freshet
