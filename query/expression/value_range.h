// ValueRanges: what an expression's cells may be in each of several blocks, from bounds of the
// columns that it reads.
//
//   block    ts                          toDate(ts)                 toDate(ts) + 1
//   0        [03-01 10:00, 03-01 12:00]  [03-01, 03-01]             [03-02, 03-02]
//   1        [03-01 12:00, 03-04 09:00]  [03-01, 03-04]             [03-02, 03-05]
//
// Both ends of all blocks are computed by the functions themselves, as two columns.
//
// Path:      query/expression/range_condition -> RangeValue
// Threads:   immutable, any thread.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "query/expression/expression.h"
#include "storage/column/column.h"

namespace freshet {

struct ValueRanges {
  // One cell for each block, flat, of the expression's type: no cell of the block that is neither
  // NULL nor NaN is below `min` or above `max`. Without meaning where bounds are not known.
  ColumnPtr min;
  ColumnPtr max;
  std::vector<uint8_t> known;
  std::vector<uint8_t> has_values;  // 0: all cells are NULL
  std::vector<uint8_t> has_nulls;   // may have
  std::vector<uint8_t> has_nans;

  size_t size() const { return known.size(); }
  // Nothing is known about any of `count` blocks.
  static ValueRanges unknown(const DataType& type, size_t count);
};

// Ranges of a column of the input, by block; the same count for every column. Valid until the
// source is destroyed.
using ColumnRanges = std::function<const ValueRanges&(ColumnIndex)>;

class RangeValue {
 public:
  virtual ~RangeValue() = default;
  virtual ValueRanges compute(size_t count, const ColumnRanges& columns) const = 0;
  const DataTypePtr& type() const { return type_; }

 protected:
  explicit RangeValue(DataTypePtr type) : type_(std::move(type)) {}

 private:
  DataTypePtr type_;
};

// Null when nothing can be said about the expression's values. `functions` is used now only.
std::shared_ptr<const RangeValue> make_range_value(const BoundExpressionPtr& expression,
                                                   const FunctionContext& functions);

}  // namespace freshet
