// SortBound: what a top-N has learned, for those who make its rows.
//
// Once a worker of ORDER BY .. LIMIT n holds n rows, no row matters whose first sort cell comes
// after that of the n-th. Whoever makes rows may ask before it makes them whole: a scan skips
// blocks whose bounds say so, and the groups of a GROUP BY get their keys only when they may win.
//
//   ORDER BY c DESC LIMIT 3, rows 9 7 4 so far: bound 4     block [0 .. 3]: skipped
//
// Path:      query/operator/sort tightens -> query/operator/scan, aggregate ask
// Threads:   any.
#pragma once

#include <atomic>
#include <vector>

#include "storage/base/mutex.h"
#include "storage/column/column.h"
#include "storage/column/value.h"

namespace freshet {

class SortBound {
 public:
  explicit SortBound(bool descending) : descending_(descending) {}

  // `cell`: one flat cell of the first sort column, of the last row of a full top-N.
  void tighten(const ColumnPtr& cell);
  // False: nothing is known, or not of such a column: all rows may matter. Else `rows` are those
  // that do, ascending: their cells come before the bound or are equal to it.
  bool select(const Column& cells, std::vector<RowIndex>& rows) const;
  // Whether no row matters whose first sort cell is within [min, max]. Null bounds exclude nothing.
  bool excludes(const Value& min, const Value& max) const;
  // Whether rows within [min, max] may come before all that are within [other_min, other_max].
  bool is_better(const Value& min, const Value& max, const Value& other_min,
                 const Value& other_max) const;
  bool is_known() const { return is_known_.load(std::memory_order_acquire); }

 private:
  bool descending_;
  std::atomic<bool> is_known_{false};
  mutable Mutex mutex_;
  ColumnPtr cell_ GUARDED_BY(mutex_);  // null: not known yet
  Value value_ GUARDED_BY(mutex_);     // of the cell
};

}  // namespace freshet
