// The loops of casts: cells of one plain type (no Nullable) to cells of another.
#pragma once

#include <functional>

#include "query/function/cast.h"
#include "storage/base/buffer.h"
#include "storage/column/decimal.h"
#include "storage/column/time_zone.h"

namespace freshet {

// Rows whose cell could not be converted; they get the default cell.
class FailedRows {
 public:
  void add(size_t row, size_t row_count) {
    if (flags_.empty()) flags_.assign(row_count, 0);
    flags_[row] = 1;
  }
  bool any() const { return !flags_.empty(); }
  bool contains(size_t row) const { return any() && flags_[row] != 0; }
  Buffer<uint8_t> take_flags() { return std::move(flags_); }

 private:
  Buffer<uint8_t> flags_;  // empty: none
};

// Flat cells in, as many flat cells out.
using CellCast = std::function<ColumnPtr(const ColumnPtr& cells, FailedRows& failed)>;

struct CellCastRequest {
  const FunctionContext& context;
  DataTypePtr from;
  DataTypePtr to;
  CastOptions options;
};

// Each gives null when it has no conversion between the types.
// Numbers, Bool, Decimal, Enum and Interval among each other; IPv4 and numbers.
CellCast make_number_cast(const CellCastRequest& request);
// Dates and times among each other and with numbers.
CellCast make_time_cast(const CellCastRequest& request);
// String and FixedString to and from everything.
CellCast make_text_cast(const CellCastRequest& request);

// The zone of a DateTime or DateTime64 type, else the query's.
const std::shared_ptr<const TimeZone>& zone_of(const FunctionContext& context,
                                               const DataType& type);

}  // namespace freshet
