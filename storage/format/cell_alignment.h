// Which columns people expect at the right edge of their table cell.
#pragma once

#include "storage/column/data_type.h"

namespace freshet {

// Numbers, dates and times, also nullable ones; Bool is a word.
inline bool aligns_right(const DataType& type) {
  switch (type.id()) {
    case TypeId::Nullable:
    case TypeId::LowCardinality:
      return aligns_right(*type.argument(0));
    case TypeId::Interval:
      return true;
    case TypeId::Bool:
      return false;
    default:
      return is_number(type) || is_date_or_time(type);
  }
}

}  // namespace freshet
